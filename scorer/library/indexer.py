"""Music folders to an index: only what is new or changed is embedded, and a run that is stopped is gone on with."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scorer.errors import LibraryError
from scorer.library.catalogue import clips_of
from scorer.library.database import to_write
from scorer.library.embed import ClipEncoder, Embedded, embed
from scorer.library.graph import build_graph
from scorer.library.ledger import Known, Ledger
from scorer.library.sound import clip_count
from scorer.library.track import CLIPS_PER_TRACK, Failure
from scorer.library.walk import Source, walk
from scorer.progress import progress_bar

MOST_JOBS: Final = 8  # more threads only wait for the network, with their clips in memory


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did. All counts are files, but for `clips`; `seconds` is the sound of the files that were indexed.

    `shortened` of the indexed have more clips than were embedded; `remodelled` had been embedded by another model;
    `failures` are those of this run, and `failed_before` files that failed earlier and have not changed. `tracks`
    is what the whole index holds now.
    """

    indexed: int
    clips: int
    seconds: float
    shortened: int
    remodelled: int
    unchanged: int
    removed: int
    failures: tuple[Failure, ...]
    failed_before: int
    tracks: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run has to do: files to try, paths to forget, and how many files need nothing."""

    todo: tuple[Source, ...]
    gone: tuple[str, ...]
    remodelled: int
    unchanged: int
    failed_before: int


def index_paths(
    paths: Sequence[Path],
    folder: Path,
    encoder: ClipEncoder,
    *,
    model: str,
    clips_per_track: int = CLIPS_PER_TRACK,
    jobs: int | None = None,
) -> Summary:
    """Bring the index in `folder` up to date with the files at and under `paths`; `model` names the encoder's pair.

    Each track is kept as soon as it is embedded. Files under `paths` that are gone are removed. A file that failed is
    tried again when it changes, or at once where it could not even be opened. Where another model made the index,
    every file of it is embedded anew, those outside of `paths` too.
    Raises `LibraryError` where a path does not exist or the index cannot be written.
    """
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise LibraryError(f"{', '.join(missing)}: no such file or folder; nothing was indexed")
    with to_write(folder) as connection:
        ledger = Ledger(connection)
        plan = make_plan(paths, ledger.known(), encoder.digest, clips_per_track)
        ledger.begin(model=model, digest=encoder.digest, dimensions=encoder.dimensions)
        ledger.remove(plan.gone)
        tracks, failures = _embed_all(plan.todo, ledger, encoder, clips_per_track, jobs)
        ledger.finish()
        clips = clips_of(connection, encoder.digest)
        if len(clips.vectors):
            build_graph(folder, clips.vectors)
    return Summary(
        indexed=len(tracks),
        clips=sum(embedded for embedded, _ in tracks),
        seconds=sum(seconds for _, seconds in tracks),
        shortened=sum(embedded < clip_count(seconds) for embedded, seconds in tracks),
        remodelled=plan.remodelled,
        unchanged=plan.unchanged,
        removed=len(plan.gone),
        failures=tuple(failures),
        failed_before=plan.failed_before,
        tracks=len(set(clips.track_ids.tolist())),
    )


def make_plan(paths: Iterable[Path], known: dict[str, Known], digest: str, clips_per_track: int) -> Plan:
    """Compare what is at and under `paths` with what is known."""
    roots = [path.resolve() for path in paths]
    found = {source.path: source for source in walk(roots)}
    unseen = [Path(source.path) for source in found.values() if source.trouble]
    gone, strangers = [], []
    for path in sorted(known.keys() - found.keys()):
        if _under(path, unseen):
            continue
        if _under(path, roots):
            gone.append(path)
        elif known[path].digest not in ("", digest):
            strangers.append(Path(path))
    again = {source.path: source for source in walk(strangers) if not source.trouble}
    gone += [str(path) for path in strangers if str(path) not in again]
    todo, settled = [], []
    for source in (found | again).values():
        before = known.get(source.path)
        if before is not None and before.settles(source, digest, clips_per_track):
            settled.append(before)
        else:
            todo.append(source)
    return Plan(
        todo=tuple(todo),
        gone=tuple(gone),
        remodelled=sum(known[s.path].digest not in ("", digest) for s in todo if s.path in known),
        unchanged=sum(bool(before.digest) for before in settled),
        failed_before=sum(not before.digest for before in settled),
    )


def _under(path: str, folders: Iterable[Path]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _embed_all(
    todo: Sequence[Source], ledger: Ledger, encoder: ClipEncoder, clips_per_track: int, jobs: int | None
) -> tuple[list[tuple[int, float]], list[Failure]]:
    tracks: list[tuple[int, float]] = []
    failures: list[Failure] = []
    threads = jobs or min(os.cpu_count() or 1, MOST_JOBS)
    with progress_bar(len(todo), "Listening", "file") as bar:
        for outcome in embed(todo, encoder, clips_per_track, threads):
            if isinstance(outcome, Embedded):
                ledger.add(outcome, encoder.digest, clips_per_track)
                tracks.append((len(outcome.sound.starts), outcome.sound.seconds))
            else:
                source, failure = outcome
                ledger.fail(source, failure)
                failures.append(failure)
            bar.update()
    return tracks, failures
