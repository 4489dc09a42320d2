"""Fades and joins of equal power."""

from typing import Final

import numpy as np

from scorer.mix.pcm import FloatArray

MOST_ALIKE: Final = 0.95  # correlation beyond which two signals are taken for the same


def rising(first: int, count: int, length: int) -> FloatArray:
    """Return samples `first` to `first + count` of a fade-in that lasts `length` samples, (count,).

    It is 0 before the fade and 1 after it. A rising and a falling fade over the same samples sum to one in power.
    """
    if first >= length:
        return np.ones(count, dtype=np.float32)
    phase = (np.arange(first, first + count, dtype=np.float64) + 0.5) / length
    return np.sin(0.5 * np.pi * np.clip(phase, 0.0, 1.0)).astype(np.float32)


def falling(first: int, count: int, length: int) -> FloatArray:
    """Return samples `first` to `first + count` of a fade-out that lasts `length` samples: 1 before it, 0 after it."""
    if first + count <= 0:
        return np.ones(count, dtype=np.float32)
    phase = (np.arange(first, first + count, dtype=np.float64) + 0.5) / length
    return np.cos(0.5 * np.pi * np.clip(phase, 0.0, 1.0)).astype(np.float32)


def join(tail: FloatArray, head: FloatArray, alike: float) -> FloatArray:
    """Crossfade two signals (n, channels) whose normalised correlation is `alike`, at constant power.

    For unrelated signals this is the sine and cosine crossfade; related ones would swell by up to 3 dB in its middle,
    so both are divided by the power that their sum has (after Fink, Holters and Zölzer, "Signal-matched
    power-complementary cross-fading and dry-wet mixing", 2016).
    """
    fade_in, fade_out = rising(0, len(head), len(head)), falling(0, len(tail), len(tail))
    power = 1.0 + 2.0 * np.clip(alike, -MOST_ALIKE, MOST_ALIKE) * fade_in * fade_out
    joined = (tail * fade_out[:, None] + head * fade_in[:, None]) / np.sqrt(power)[:, None]
    return np.asarray(joined, dtype=np.float32)
