"""Decoding and embedding at the same time: threads decode ahead while the network listens in batches."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from scorer.errors import AudioError
from scorer.library.sound import Sound, read_sound
from scorer.library.track import Failure
from scorer.library.walk import Source, trouble

if TYPE_CHECKING:
    from scorer.nets.emotions import Emotions

FloatArray = NDArray[np.float32]
A = TypeVar("A")
B = TypeVar("B")

BATCH_CLIPS: Final = 32


class ClipEncoder(Protocol):
    """What the index needs of a music encoder."""

    @property
    def digest(self) -> str:
        """The fingerprint of its weights."""

    @property
    def dimensions(self) -> int:
        """The length of its vectors."""

    def encode_clips(self, clips: FloatArray) -> "Emotions":
        """Listen to clips, float32 (n, CLIP_SAMPLES) in [-1, 1]."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file that became a track.

    For its n clips moods (n, 7), valence and arousal (n, 2), unit vectors (n, d), and how surely they are music (n,).
    """

    source: Source
    sound: Sound
    moods: FloatArray
    valence_arousal: FloatArray
    vectors: FloatArray
    music: FloatArray


Outcome = Embedded | tuple[Source, Failure]
Decoded = tuple[Source, Sound | Failure]
Engine = Callable[
    [Sequence[Source], ClipEncoder, int], Generator[Outcome, None, None]
]  # who embeds, at most so many clips a track


def embed(
    sources: Iterable[Source], encoder: ClipEncoder, clips_per_track: int, jobs: int
) -> Generator[Outcome, None, None]:
    """Decode files in `jobs` threads and embed them; yield each as a track or with the reason why it is none.

    They come in about the order of `sources`. Memory holds a batch and the clips of at most two files a thread.
    """
    with closing(decoded(sources, clips_per_track, jobs)) as files:
        yield from listen(files, encoder)


def decoded(sources: Iterable[Source], clips_per_track: int, jobs: int) -> Generator[Decoded, None, None]:
    """Decode files in `jobs` threads, at most two files a thread ahead of the reader.

    When it is closed, what is being decoded is given up.
    """
    stop = Event()
    return ahead(lambda source: _attempt(source, clips_per_track, stop.is_set), sources, jobs, stop.set)


def listen(files: Iterable[Decoded], encoder: ClipEncoder) -> Iterator[Outcome]:
    """Embed decoded files, batch by batch; the clips of a track do not tell what they were batched with."""
    waiting: list[tuple[Source, Sound]] = []
    clips = 0
    for source, result in files:
        if isinstance(result, Failure):
            yield source, result
            continue
        waiting.append((source, result))
        clips += len(result.clips)
        if clips >= BATCH_CLIPS:
            yield from _listen(waiting, encoder)
            waiting, clips = [], 0
    yield from _listen(waiting, encoder)


def ahead(
    work: Callable[[A], B], items: Iterable[A], jobs: int, stop: Callable[[], object] = lambda: None
) -> Generator[B, None, None]:
    """Map `work` over `items` in `jobs` threads, at most two items a thread ahead of the reader.

    What is done first comes first: a long item does not keep the threads waiting. Of several that are done, those that
    were begun first come first. When the reader stops early, what has not begun is dropped, and `stop` is called, that
    what has begun may end.
    """
    with ThreadPoolExecutor(jobs) as pool:
        pending: list[Future[B]] = []
        try:
            for item in items:
                pending.append(pool.submit(work, item))
                if len(pending) >= 2 * jobs:
                    yield _first_done(pending)
            while pending:
                yield _first_done(pending)
        finally:
            stop()
            for future in pending:
                future.cancel()


def _first_done(pending: list[Future[B]]) -> B:
    wait(pending, return_when=FIRST_COMPLETED)
    done = next(future for future in pending if future.done())
    pending.remove(done)
    return done.result()


def _attempt(source: Source, clips_per_track: int, stopped: Callable[[], bool]) -> Decoded:
    if source.trouble:
        return source, Failure(source.path, source.trouble)
    source = source if source.content else source.with_content()
    try:
        return source, read_sound(Path(source.path), clips_per_track, stopped)
    except AudioError as error:
        return source, Failure(source.path, str(error).removeprefix(f"{source.path}: "))
    except (PermissionError, FileNotFoundError) as error:
        if error.filename != source.path:
            raise
        # Without size and time, so that it is tried again: what is wrong is not in the file.
        return Source(source.path, trouble=trouble(error)), Failure(source.path, trouble(error))


def _listen(waiting: list[tuple[Source, Sound]], encoder: ClipEncoder) -> Iterator[Embedded]:
    if not waiting:
        return
    clips = np.concatenate([sound.clips for _, sound in waiting])
    if len(clips) % 2:
        # A clip alone takes another way through the network: its last bits would tell what it was batched with.
        clips = np.concatenate([clips, clips[-1:]])
    heard = [
        encoder.encode_clips(clips[start : start + BATCH_CLIPS].astype(np.float32) / 32768.0)
        for start in range(0, len(clips), BATCH_CLIPS)
    ]
    moods = np.concatenate([part.moods for part in heard])
    valence_arousal = np.concatenate([part.valence_arousal for part in heard])
    vectors = np.concatenate([part.vectors for part in heard])
    music = np.concatenate([part.music for part in heard])
    end = 0
    for source, sound in waiting:
        start, end = end, end + len(sound.clips)
        part = slice(start, end)
        yield Embedded(source, sound, moods[part], valence_arousal[part], vectors[part], music[part])
