"""Decoding and embedding on a Ray cluster: files go out, shards of the index come back over a shared folder."""

import shutil
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scorer.audio.ffmpeg import ffmpeg_version
from scorer.cluster import Cluster, Stage, joined, packed, unpacked
from scorer.errors import InternalError, UserError
from scorer.library.database import make_folder
from scorer.library.embed import ClipEncoder, Embedded, Outcome, decoded, listen
from scorer.library.shard import Terms, read_shard, shards_in, write_shard
from scorer.library.walk import Source

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER: Final = "shards"
MOST_FILES: Final = 16  # a piece
SHARD_FILES: Final = 4  # so that 40 MB of sound, if they have five minutes each, are held at a time
SHARED_S: Final = 30.0  # that a shared file system may take to show a new file
PIECES: Final = 4  # a CPU at least, so that none waits long for the last


class Decoder:
    """Makes decoded files of files."""

    def __init__(self, clips_per_track: int) -> None:
        self.clips_per_track = clips_per_track

    def __call__(self, files: "pa.Table") -> "Iterator[pa.Table]":
        """Yield a table a file, so that no more than a block of them is held."""
        for one in decoded(unpacked(files), self.clips_per_track, 1):
            yield packed([one])


class Listener:
    """Makes shards of decoded files, and tells their names."""

    def __init__(self, load: Callable[[], ClipEncoder], folder: Path, terms: Terms) -> None:
        self.encoder = load()
        self.folder = folder
        self.terms = terms

    def __call__(self, files: "pa.Table") -> "pa.Table":
        """Embed all files of a table. Raises `InternalError` where this machine would embed them otherwise."""
        here = Terms(self.encoder.digest, self.terms.clips_per_track, ffmpeg_version())
        if here != self.terms:
            raise InternalError(f"a worker has {here}, but this machine {self.terms}: install the same on all")
        outcomes = list(listen(unpacked(files), self.encoder))
        return packed([write_shard(self.folder, outcomes, self.terms).name])


@dataclass(frozen=True, slots=True)
class RayEngine:
    """Embeds on a cluster, as an `Engine`, what goes into the index in `folder`, which all its machines can reach.

    `load` makes the encoder there; it has to be that of the index.
    """

    folder: Path
    load: Callable[[], ClipEncoder]
    address: str | None = None

    def __call__(
        self, sources: Sequence[Source], encoder: ClipEncoder, clips_per_track: int
    ) -> Generator[Outcome, None, None]:
        """Yield what a former run left behind in shards, then what the cluster makes, in any order.

        A shard is removed when all that is in it has been taken. Raises `UserError` and `InternalError` as
        `scorer.cluster` does.
        """
        place = (self.folder / FOLDER).resolve()
        terms = Terms(encoder.digest, clips_per_track, ffmpeg_version())
        todo = {source.path: source for source in sources}
        yield from _left_behind(place, terms, todo)
        if todo:
            make_folder(place)
            with joined(self.address) as cluster:
                pieces = _pieces(list(todo.values()), cluster.cpus)
                for name in cluster.run(pieces, _stages(cluster, len(pieces), self.load, place, terms)):
                    yield from _delivered(place / name, terms)
        shutil.rmtree(place, ignore_errors=True)


def _stages(
    cluster: Cluster, pieces: int, load: Callable[[], ClipEncoder], place: Path, terms: Terms
) -> tuple[Stage, Stage]:
    """Return both stages. A listener on a CPU asks for none, so that it finds room wherever its node went."""
    listeners = cluster.gpus or (cluster.cpus + 1) // 2
    return (
        Stage(Decoder, (terms.clips_per_track,), min(cluster.cpus, pieces), MOST_FILES),
        Stage(Listener, (load, place, terms), min(listeners, pieces), SHARD_FILES, 0, float(bool(cluster.gpus))),
    )


def _pieces(sources: Sequence[Source], cpus: int) -> list[Sequence[Source]]:
    size = max(1, min(MOST_FILES, len(sources) // (PIECES * cpus)))
    return [sources[first : first + size] for first in range(0, len(sources), size)]


def _left_behind(place: Path, terms: Terms, todo: dict[str, Source]) -> Iterator[Outcome]:
    """Yield what shards of a former run know of files that have not changed, and take those out of what is to do."""
    for path in shards_in(place):
        try:
            outcomes = read_shard(path, terms)
        except ValueError:
            outcomes = []
        for outcome in outcomes:
            source = outcome.source if isinstance(outcome, Embedded) else outcome[0]
            wanted = todo.get(source.path)
            if wanted and (wanted.size, wanted.mtime_ns) == (source.size, source.mtime_ns):
                del todo[source.path]
                yield outcome
        path.unlink(missing_ok=True)


def _delivered(path: Path, terms: Terms) -> Iterator[Outcome]:
    """Yield what is in a shard that a worker has just written, and remove it."""
    end = time.monotonic() + SHARED_S
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.2)
    try:
        yield from read_shard(path, terms)
    except ValueError as error:
        raise UserError(
            f"{path}: written by a worker, but not to be read here; the index must lie on storage that all share"
        ) from error
    path.unlink(missing_ok=True)
