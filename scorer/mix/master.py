"""Mastering: a gain to the loudness that is asked for, and a limiter that keeps true peaks under a ceiling."""

import math
from collections.abc import Generator, Iterable
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from scorer.mix.loudness import FRAME_S as LONG_FRAME_S
from scorer.mix.pcm import SCALE, FloatArray, Pcm, pcm16
from scorer.mix.truepeak import peaks

FRAME_S: Final = 0.001  # seconds that one gain is found for
AHEAD: Final = 5  # frames by which the gain is down before a peak
RELEASE_DB_S: Final = 60.0  # decibels a second by which it comes back
OVER: Final = 0.5  # of the ceiling: frames with samples below are not looked at between samples
BETWEEN_DB: Final = 0.5  # by which speech's true peaks are usually higher than its samples
SLACK_DB: Final = 0.3  # under the ceiling: between frames the gain changes, which moves what is between samples


def mastered(blocks: Iterable[Pcm], sample_rate: int, gain_db: float, ceiling_db: float) -> Generator[Pcm, None, None]:
    """Yield 16-bit blocks (n, channels) by a gain, limited to true peaks of `ceiling_db` in dB of full scale.

    A look-ahead limiter: each frame's gain is what its true peak needs; it is held over the frames before, comes back
    at a steady rate, is averaged over as many frames as it was held, and so is never above what is needed.
    """
    ceiling = 10 ** ((ceiling_db - SLACK_DB) / 20)
    limiter = _Limiter(max(1, round(FRAME_S * sample_rate)), ceiling)
    gain = np.float32(10 ** (gain_db / 20) / SCALE)
    for block in blocks:
        yield from limiter.push(block.astype(np.float32) * gain)
    yield from limiter.finish()


class _Limiter:
    """Holds back a few frames, whose gains depend on what comes, and one before them, for peaks between samples."""

    def __init__(self, frame: int, ceiling: float) -> None:
        self._frame = frame
        self._ceiling = ceiling
        self._held: FloatArray | None = None
        self._levels: NDArray[np.float64] | None = None  # decibels, of the frames before, not averaged
        self._last = 0.0  # the same of the last frame, averaged

    def push(self, samples: FloatArray) -> Generator[Pcm, None, None]:
        """Take the next samples (n, channels); yield what is decided."""
        before = np.zeros((self._frame, samples.shape[1]), np.float32) if self._held is None else self._held
        self._held = np.concatenate([before, samples])
        ready = len(self._held) // self._frame - AHEAD - 4
        if ready > 0:
            yield self._limited(ready)

    def finish(self) -> Generator[Pcm, None, None]:
        """Yield the rest."""
        if self._held is not None and len(self._held) > self._frame:
            yield self._limited(-(-len(self._held) // self._frame) - 1)

    def _limited(self, count: int) -> Pcm:
        """Return the next `count` frames and let go of them."""
        held = self._held
        assert held is not None
        found = peaks(held[: (count + AHEAD + 4) * self._frame], self._frame, OVER * self._ceiling)[1:]
        needs = np.zeros(count + 1 + AHEAD)
        known = found[: len(needs)]
        needs[: len(known)] = np.minimum(0.0, 20 * np.log10(self._ceiling / np.maximum(known, 1e-9)))
        ahead = sliding_window_view(needs, AHEAD + 1).min(axis=1)
        back = RELEASE_DB_S * FRAME_S * np.arange(len(ahead) + 1)
        before = np.full(AHEAD, ahead[0]) if self._levels is None else self._levels
        levels = (np.minimum.accumulate(np.append(before[-1], ahead) - back) + back)[1:]
        line = np.append(before, levels)
        smooth = sliding_window_view(line, AHEAD + 1).mean(axis=1)
        edges = np.minimum(np.append(self._last, smooth[:-1]), smooth)
        self._levels, self._last = line[: AHEAD + count][-AHEAD:], float(smooth[count - 1])
        part = held[self._frame : (count + 1) * self._frame]
        gains = np.interp(np.arange(len(part)), np.arange(count + 1) * self._frame, edges)
        self._held = held[count * self._frame :]
        return pcm16(part * (SCALE * 10 ** (gains / 20)).astype(np.float32)[:, None])


def limited_frames(peaks: FloatArray, gain: float, ceiling_db: float) -> NDArray[np.float64]:
    """Return about how many decibels, (frames,) at most zero, `mastered` takes off frames of 20 ms with these peaks."""
    needs = np.minimum(0.0, ceiling_db - SLACK_DB - BETWEEN_DB - gain - 20 * np.log10(np.maximum(peaks, 1e-9)))
    back = RELEASE_DB_S * LONG_FRAME_S * np.arange(len(needs))
    return np.asarray(np.minimum.accumulate(needs - back) + back)


def decibels(ratio: float) -> float:
    """Return 20 log10 of a ratio of amplitudes; minus infinity of none."""
    return 20 * math.log10(ratio) if ratio > 0 else -math.inf
