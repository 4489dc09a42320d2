"""A file's clips, decoded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.audio.clip import CLIP_S, CLIP_SAMPLES, SAMPLE_RATE
from scorer.audio.decode import audio_seconds, decode, stream_pcm16
from scorer.errors import AudioError
from scorer.library.header import Header, read_header
from scorer.library.kind import is_playlist
from scorer.library.track import CLIPS_PER_TRACK

Pcm = NDArray[np.int16]

LONG_S: Final = 3600.0  # seconds; thirty seeks cost about as much as decoding an hour through
MOST_S: Final = 48 * 3600.0  # seconds that are decoded through; a damaged rate makes hours of nothing
SILENCE: Final = 3  # the highest sample of a clip that holds nothing but the dither of 16 bits
SLACK_S: Final = 1.0  # a file may be this much shorter than its header says,
SLACK_SHARE: Final = 0.02  # or this share of it, before it counts as cut short


@dataclass(frozen=True, slots=True)
class Sound:
    """Clips of a file, int16 (n, CLIP_SAMPLES) at SAMPLE_RATE, mono; their starts and the file's length, in seconds."""

    header: Header
    clips: Pcm
    starts: tuple[float, ...]
    seconds: float


def _never() -> bool:
    return False


def read_sound(path: Path, clips_per_track: int = CLIPS_PER_TRACK, stopped: Callable[[], bool] = _never) -> Sound:
    """Decode at most `clips_per_track` clips of a file, evenly spaced where it has more.

    A last clip shorter than half of CLIP_S is left out, unless it is the only one; a short clip is repeated to its
    full length. Silent clips are left out too. A file longer than LONG_S is not decoded through: its clips are
    sought out. Raises `AudioError` where nothing can be decoded, nothing is to be heard or the file is cut short,
    or where `stopped`, asked now and then, says that nobody waits for it any more; `OSError` where it cannot be opened.
    """
    if is_playlist(path):
        raise AudioError(f"{path}: a playlist, which only names sounds that lie elsewhere")
    header = read_header(path)
    if header.protected:
        raise AudioError(f"{path}: protected (DRM): only its seller's player opens it")
    if header.torn:
        raise AudioError(f"{path}: cut short: it ends in the middle of a page")
    seconds = header.seconds or _measured(path, clips_per_track, stopped)
    count = clip_count(seconds)
    if seconds > LONG_S:
        wanted = choose(count, clips_per_track)
        clips = list(_sought(path, wanted, stopped))
    else:
        # A header may say too little: while there is room, what comes after it is taken too.
        hoped = choose(max(count, clips_per_track), clips_per_track)
        decoded, clips, wanted = _streamed(path, hoped, stopped)
        if not clips or (header.counted and decoded + max(SLACK_S, SLACK_SHARE * seconds) < seconds):
            raise AudioError(f"{path}: cut short: {decoded:.1f} s of the {seconds:.1f} s that its header promises")
        seconds = decoded
    heard = [i for i, clip in enumerate(clips) if np.abs(clip.astype(np.int32)).max() > SILENCE]
    if not heard:
        raise AudioError(f"{path}: silent: there is nothing to hear in it")
    return Sound(header, np.stack([clips[i] for i in heard]), tuple(wanted[i] * CLIP_S for i in heard), seconds)


def clip_count(seconds: float) -> int:
    """Return how many clips a length has: whole ones, a last one of at least half, and never none."""
    return max(1, int(seconds / CLIP_S + 0.5))


def choose(count: int, limit: int) -> list[int]:
    """Return which of `count` clips to take: all, or the middle ones of `limit` equal parts."""
    if count <= limit:
        return list(range(count))
    return [(2 * part + 1) * count // (2 * limit) for part in range(limit)]


def _measured(path: Path, clips_per_track: int, stopped: Callable[[], bool]) -> float:
    """Return the length as ffmpeg tells it, or where it matters, since that may be a guess, as decoding tells it."""
    seconds = audio_seconds(path)
    if clip_count(seconds) <= clips_per_track:
        return seconds
    return sum(len(block) for block in _blocks(path, stopped)) / SAMPLE_RATE


def _blocks(path: Path, stopped: Callable[[], bool]) -> Iterator[Pcm]:
    """Yield the sound block by block. Raises `AudioError` where it goes on beyond MOST_S, or is to stop."""
    for number, block in enumerate(stream_pcm16(path, sample_rate=SAMPLE_RATE, channels=1, block_s=CLIP_S)):
        if number * CLIP_S > MOST_S:
            raise AudioError(f"{path}: still going on after {MOST_S / 3600:.0f} hours of sound; skip or repair it")
        _go_on(path, stopped)
        yield block


def _go_on(path: Path, stopped: Callable[[], bool]) -> None:
    if stopped():
        raise AudioError(f"{path}: given up, as the run was stopped")


def _streamed(path: Path, wanted: list[int], stopped: Callable[[], bool]) -> tuple[float, list[Pcm], list[int]]:
    clips, taken, samples = [], [], 0
    for number, block in enumerate(_blocks(path, stopped)):
        samples += len(block)
        if number in wanted and (2 * len(block) >= CLIP_SAMPLES or number == 0):
            clips.append(np.resize(block[:, 0], CLIP_SAMPLES))
            taken.append(number)
    return samples / SAMPLE_RATE, clips, taken


def _sought(path: Path, wanted: list[int], stopped: Callable[[], bool]) -> Iterator[Pcm]:
    for number in wanted:
        _go_on(path, stopped)
        start_s = number * CLIP_S
        try:
            samples = decode(path, sample_rate=SAMPLE_RATE, start_s=start_s, seconds=CLIP_S)
        except AudioError as error:
            raise AudioError(f"{path}: cut short: no sound at {start_s:.0f} s") from error
        yield np.resize(np.round(samples * 32767.0).astype(np.int16), CLIP_SAMPLES)
