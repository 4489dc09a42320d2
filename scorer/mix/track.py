"""Tracks: what is measured of a music file before it sounds, and its samples while it does."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scorer.errors import AudioError
from scorer.mix.loudness import FRAME_S, Meter, energy, frame_samples, loudness
from scorer.mix.pcm import FloatArray, Pcm, floats, pcm_blocks

KEEP_BYTES: Final = 40_000_000  # of 16-bit samples: a loop of no more (3:46 in CD quality) is kept while it sounds
SHORTEST_S: Final = 0.5  # seconds: less, gone round, can only buzz
READ_S: Final = 5.0  # seconds decoded at a time
SILENT_BELOW: Final = 35.0  # LU under the track's own loudness: what comes before is silence, not a soft opening
FADED_BELOW: Final = 12.0  # LU under the track's own loudness: what stays below until the end is fading out
ONSET_S: Final = 1.0  # seconds that a start may move to meet the beginning of a sound
ONSET_DB: Final = 6.0  # that it is louder than
BEFORE: Final = 4  # frames before it
QUIET: Final = 1e-9  # energy, -90 LUFS: what rises from below is noise
_SECOND: Final = 25  # frames (half a second) over which audibility is judged


@dataclass(frozen=True, slots=True)
class Track:
    """What was measured of a music file.

    `length` is in samples, as far as it was decoded; `ended` tells whether that is all of it. `energies` (frames,)
    are as `scorer.mix.loudness` defines them.
    """

    path: Path
    sample_rate: int
    channels: int
    length: int
    ended: bool
    energies: FloatArray

    def loudness(self, first: int, end: int) -> float:
        """Return the integrated loudness in LUFS of the samples [first, end)."""
        hop = frame_samples(self.sample_rate)
        return loudness(self.energies[first // hop : max(first // hop + 1, end // hop)])

    def audible(self) -> tuple[int, int]:
        """Return the samples [first, end) between the silence before and the fade-out or silence behind."""
        hop = frame_samples(self.sample_rate)
        size = min(_SECOND, len(self.energies))
        smooth = np.convolve(self.energies, np.full(size, 1.0 / size), mode="same")
        own = loudness(self.energies)
        heard = np.flatnonzero(smooth > energy(own - SILENT_BELOW))
        full = np.flatnonzero(smooth > energy(own - FADED_BELOW))
        if not len(full):
            return 0, 0
        return int(heard[0]) * hop, min(self.length, (int(full[-1]) + 1) * hop)

    def onset(self, near: int, first: int) -> int:
        """Return the sample, from `first` on, where the strongest beginning of a sound near a sample lies, or that one.

        A beginning is a frame that is much louder than those before it.
        """
        hop, reach = frame_samples(self.sample_rate), round(ONSET_S / FRAME_S)
        centre = near // hop
        low, high = max(first // hop + BEFORE, centre - reach, BEFORE), min(len(self.energies), centre + reach + 1)
        if high <= low:
            return near
        decibels = 10 * np.log10(self.energies[low - BEFORE : high] + QUIET)
        before = sliding_window_view(decibels, BEFORE)[:-1].max(axis=1)
        rises = decibels[BEFORE:] - before
        best = int(np.argmax(rises))
        return max(first, (low + best) * hop - hop) if rises[best] >= ONSET_DB else near


def measure_track(path: Path, *, sample_rate: int, channels: int, until: int) -> Track:
    """Decode and measure a music file, no further than about sample `until`.

    Raises `AudioError` where it is missing, cannot be decoded, or holds no music.
    """
    meter = Meter(sample_rate, channels)
    length = 0
    with closing(_decoded(path, sample_rate, channels)) as blocks:
        for block in blocks:
            meter.push(floats(block))
            length += len(block)
            if length >= until:
                break
        ended = length < until or next(blocks, None) is None
    track = Track(path, sample_rate, channels, length, ended, meter.finish())
    opening, ending = track.audible()
    if ending - opening < SHORTEST_S * sample_rate:
        raise AudioError(f"{path}: no music in it ({(ending - opening) / sample_rate:.1f} s to hear)")
    return track


class Reel:
    """The samples of a track, from any place on, as far as sample `end`; kept, if few, to be read `again`."""

    def __init__(self, track: Track, end: int, *, again: bool) -> None:
        self._track = track
        self._kept: Pcm | None = None
        if again and 2 * track.channels * end <= KEEP_BYTES:
            self._kept = np.zeros((end, track.channels), np.int16)
            at = 0
            with closing(_decoded(track.path, track.sample_rate, track.channels)) as blocks:
                for block in _up_to(blocks, end):
                    self._kept[at : at + len(block)] = block
                    at += len(block)
            self._kept = self._kept[:at]

    def read(self, first: int, end: int) -> Iterator[FloatArray]:
        """Yield the samples [first, end) in blocks (n, channels), full scale 1.

        Skips by decoding, because seeking in compressed files is not exact and a loop must meet its own samples.
        """
        if self._kept is not None:
            step = round(READ_S * self._track.sample_rate)
            for at in range(first, min(end, len(self._kept)), step):
                yield floats(self._kept[at : min(at + step, end)])
            return
        position = 0
        with closing(_decoded(self._track.path, self._track.sample_rate, self._track.channels)) as blocks:
            for block in _up_to(blocks, end):
                wanted = block[max(0, first - position) :]
                position += len(block)
                if len(wanted):
                    yield floats(wanted)

    def piece(self, first: int, end: int) -> FloatArray:
        """Return the samples [first, end), (n, channels)."""
        return np.concatenate([np.zeros((0, self._track.channels), dtype=np.float32), *self.read(first, end)])


def _decoded(path: Path, sample_rate: int, channels: int) -> Generator[Pcm, None, None]:
    return pcm_blocks(path, sample_rate=sample_rate, channels=channels, block_s=READ_S)


def _up_to(blocks: Iterator[Pcm], end: int) -> Iterator[Pcm]:
    position = 0
    for block in blocks:
        yield block[: end - position]
        position += len(block)
        if position >= end:
            return
