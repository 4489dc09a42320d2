"""Music folders to an index: only what is new or changed is embedded, and a run that is stopped is gone on with."""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

from scorer.audio.ffmpeg import ffmpeg_version
from scorer.errors import LibraryError
from scorer.library.catalogue import Clips, clips_of
from scorer.library.database import FILE_NAME, NEXT_NAME, to_write
from scorer.library.embed import ClipEncoder, Embedded, Engine, embed
from scorer.library.graph import digest_of, drop_graphs, graph_path, prepare, real_queries
from scorer.library.index import EXACT_LIMIT
from scorer.library.ledger import Known, Ledger
from scorer.library.lock import alone
from scorer.library.sound import clip_count
from scorer.library.track import CLIPS_PER_TRACK, Failure, printable
from scorer.library.walk import Source, walk
from scorer.progress import progress_bar

MOST_JOBS: Final = 8  # more threads only wait for the network, with their clips in memory
# bytes a second of usual files, by which the time that is left is told
BYTES_A_SECOND: Final = {".flac": 100_000, ".wav": 176_400, ".aif": 176_400, ".aiff": 176_400, ".mp3": 24_000}
OTHER_BYTES_A_SECOND: Final = 18_000


@dataclass(frozen=True, slots=True)
class Options:
    """How a run goes about it: clips a track at most, threads that decode, whether files that are gone stay, whether
    what failed is tried again, what to tell when another run has to be waited for, and who embeds: by default these
    threads and the encoder, here.
    """

    clips_per_track: int = CLIPS_PER_TRACK
    jobs: int | None = None
    keep_missing: bool = False
    retry_failed: bool = False
    waiting: Callable[[], object] = lambda: None
    engine: Engine | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did. All counts are files, but for `clips`; `seconds` is the sound of the files that were indexed.

    `shortened` of the indexed have more clips than were embedded; `remodelled` had been embedded by another model;
    `moved` were known under another name or time; `copies` have the content of a track and are not embedded again;
    `failures` are those of this run, and `failed_before` files that failed earlier and have not changed. `tracks`
    is what the whole index holds now.
    """

    indexed: int
    clips: int
    seconds: float
    shortened: int
    remodelled: int
    moved: int
    copies: int
    unchanged: int
    removed: int
    failures: tuple[Failure, ...]
    failed_before: int
    tracks: int

    @property
    def useful(self) -> bool:
        """Whether there was anything under the paths that the index holds now, or did before."""
        return any((self.indexed, self.moved, self.copies, self.unchanged, self.removed))


@dataclass(slots=True)
class Plan:
    """What a run has to do: files to try, paths to forget, and how many files need nothing."""

    todo: list[Source]
    gone: list[str]
    unchanged: int
    failed_before: int


def index_paths(
    paths: Sequence[Path], folder: Path, encoder: ClipEncoder, *, model: str, options: Options | None = None
) -> Summary:
    """Bring the index in `folder` up to date with the files at and under `paths`; `model` names the encoder's pair.

    Each track is kept as soon as it is embedded. Files under `paths` that are gone are removed. A file that is known by
    its content under another name is not embedded again; one whose content a track has already is noted as its copy. A
    file that failed is tried again when it or the decoder changes, or at once where it could not even be opened. Where
    another model made the index, every file is embedded anew beside the index, which serves meanwhile. Another run on
    the same index is waited for.
    Raises `LibraryError` where a path does not exist, the index cannot be written, or another model made it and it has
    files that are not under `paths`.
    """
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise LibraryError(f"{', '.join(missing)}: no such file or folder; nothing was indexed")
    if not (folder / FILE_NAME).exists() and next(walk(paths), None) is None:
        raise LibraryError(f"{', '.join(map(str, paths))}: no sound files there; nothing was indexed")
    how = options or Options()
    with alone(folder, how.waiting):
        with to_write(folder) as connection:
            ledger = Ledger(connection)
            former = {} if ledger.digest() in (None, encoder.digest) else ledger.known()
            if not former:
                _stale(folder)
                return _brought_up_to_date(paths, folder, connection, encoder, model, how)
        return _made_anew(paths, folder, former, encoder, model, how)


def _stale(folder: Path) -> None:
    """Drop what was begun of another model's index."""
    for path in folder.glob(f"{NEXT_NAME}*"):
        path.unlink(missing_ok=True)


def _made_anew(
    paths: Sequence[Path], folder: Path, former: dict[str, Known], encoder: ClipEncoder, model: str, how: Options
) -> Summary:
    """Embed what is under `paths` with another model; then put it in the place of the index."""
    _require_all_given(paths, folder, former)
    with to_write(folder, NEXT_NAME) as connection:
        ours = Ledger(connection).digest() in (None, encoder.digest)
    if not ours:
        _stale(folder)
    with to_write(folder, NEXT_NAME) as connection:
        summary = _brought_up_to_date(paths, folder, connection, encoder, model, how, former)
    (folder / NEXT_NAME).replace(folder / FILE_NAME)
    return summary


def _require_all_given(paths: Sequence[Path], folder: Path, former: Iterable[str]) -> None:
    """Raise `LibraryError` where an index has files elsewhere than under `paths`: where it says is not followed."""
    roots = [path.resolve() for path in paths]
    strangers = [path for path in former if not _under(path, roots) and Path(path).exists()]
    if strangers:
        raise LibraryError(
            f"{folder}: made by another model, and {len(strangers)} of its files are not under what was given, such as "
            f"{printable(strangers[0])}; name their folders, too, or make another index with --index"
        )


def _brought_up_to_date(
    paths: Sequence[Path],
    folder: Path,
    connection: sqlite3.Connection,
    encoder: ClipEncoder,
    model: str,
    how: Options,
    former: dict[str, Known] | None = None,
) -> Summary:
    ledger = Ledger(connection)
    known = ledger.known()
    plan = make_plan(paths, known, encoder.digest, how)
    sources = {source.path for source in plan.todo}
    remodelled = sum(bool(former[path].digest) for path in sources if former and path in former)
    ledger.begin(model=model, digest=encoder.digest, dimensions=encoder.dimensions)
    moved, twins = _recognised(plan, ledger, known, encoder.digest, how)
    ledger.remove(plan.gone)
    tracks, failures = _embed_all(plan.todo, twins, ledger, encoder, how)
    ledger.finish()
    clips = clips_of(connection, encoder.digest)
    _make_searchable(folder, clips, ledger)
    lost = (former or {}).keys() - ledger.known().keys()
    return Summary(
        indexed=len(tracks),
        clips=sum(embedded for embedded, _ in tracks),
        seconds=sum(seconds for _, seconds in tracks),
        shortened=sum(embedded < clip_count(seconds) for embedded, seconds in tracks),
        remodelled=remodelled,
        moved=moved,
        copies=len(twins),
        unchanged=plan.unchanged,
        removed=len(plan.gone) + len(lost),
        failures=tuple(failures),
        failed_before=plan.failed_before,
        tracks=len(set(clips.track_ids.tolist())),
    )


def _make_searchable(folder: Path, clips: Clips, ledger: Ledger) -> None:
    """Build the graph of a large library, unless these clips have theirs."""
    if len(clips.vectors) <= EXACT_LIMIT:
        drop_graphs(folder)
        return
    if ledger.graph() != digest_of(graph_path(folder, clips.vectors)):
        ledger.note(**asdict(prepare(folder, clips.vectors, real_queries())))


def make_plan(paths: Iterable[Path], known: dict[str, Known], digest: str, how: Options) -> Plan:
    """Compare what is at and under `paths` with what is known."""
    roots = [path.resolve() for path in paths]
    found = {source.path: source for source in walk(roots)}
    unseen = [Path(source.path) for source in found.values() if source.trouble]
    lost = (path for path in sorted(known.keys() - found.keys()) if _under(path, roots) and not _under(path, unseen))
    todo, settled = [], []
    for source in found.values():
        before = known.get(source.path)
        again = before is not None and how.retry_failed and not before.digest
        if before is not None and not again and before.settles(source, digest, how.clips_per_track):
            settled.append(before)
        else:
            todo.append(source)
    return Plan(
        todo=todo,
        gone=[] if how.keep_missing else list(lost),
        unchanged=sum(bool(before.digest) for before in settled),
        failed_before=sum(not before.digest for before in settled),
    )


def _under(path: str, folders: Iterable[Path]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _recognised(
    plan: Plan, ledger: Ledger, known: dict[str, Known], digest: str, how: Options
) -> tuple[int, dict[str, list[Source]]]:
    """Take out of the plan what is known by its content; return how many files moved, and copies by their track's path.

    Only files of a size that another file has are read for it.
    """
    sizes, shared = ledger.sizes(), Counter(source.size for source in plan.todo)
    moved, todo = 0, []
    first: dict[str, str] = {}  # path of the first file with each content that is to be embedded
    twins: dict[str, list[Source]] = {}
    gone = dict.fromkeys(plan.gone)
    for source in plan.todo:
        if not source.trouble and (source.size in sizes or shared[source.size] > 1):
            source = source.with_content()
        if not source.content:
            todo.append(source)
            continue
        track = ledger.track_with(source.content)
        if track is not None and known[track].digest == digest and known[track].serves(how.clips_per_track):
            if track == source.path or track in gone or not Path(track).exists():
                ledger.move(track, source)
                known[source.path] = known[track]
                gone.pop(track, None)
                moved += 1
            else:
                twins.setdefault(track, []).append(source)
        elif source.content in first:
            twins.setdefault(first[source.content], []).append(source)
        elif not how.retry_failed and (failed := ledger.failure_with(source.content)) and failed[1] == ffmpeg_version():
            ledger.fail(source, Failure(source.path, failed[0]))
            plan.failed_before += 1
        else:
            first[source.content] = source.path
            todo.append(source)
    plan.todo, plan.gone = todo, list(gone)
    return moved, twins


def _embed_all(
    todo: Sequence[Source], twins: dict[str, list[Source]], ledger: Ledger, encoder: ClipEncoder, how: Options
) -> tuple[list[tuple[int, float]], list[Failure]]:
    tracks: list[tuple[int, float]] = []
    failures: list[Failure] = []
    engine = how.engine or partial(embed, jobs=how.jobs or min(os.cpu_count() or 1, MOST_JOBS))
    waiting = {source.path for source in todo}
    for path, copies in twins.items():
        for copy in copies if path not in waiting else ():
            ledger.copy(copy, path)
    lengths = {source.path: _likely_seconds(source) for source in todo}
    with (
        progress_bar(round(sum(lengths.values())), "Listening", "s of music") as bar,
        closing(engine(todo, encoder, how.clips_per_track)) as outcomes,
    ):
        for outcome in outcomes:
            if isinstance(outcome, Embedded):
                source = outcome.source
                ledger.add(outcome, encoder.digest, how.clips_per_track)
                tracks.append((len(outcome.sound.starts), outcome.sound.seconds))
                for copy in twins.get(source.path, ()):
                    ledger.copy(copy, source.path)
            else:
                source, failure = outcome
                for one in (source, *twins.get(source.path, ())):
                    failed = Failure(one.path, failure.reason)
                    ledger.fail(one, failed)
                    failures.append(failed)
            bar.update(lengths.get(source.path, 0))
    return tracks, sorted(failures, key=lambda failure: failure.path)


def _likely_seconds(source: Source) -> int:
    """Return about how long a file plays, by its size and the usual bit rate of its kind."""
    return 1 + max(0, source.size) // BYTES_A_SECOND.get(Path(source.path).suffix.lower(), OTHER_BYTES_A_SECOND)
