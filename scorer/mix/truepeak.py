"""True peaks: what a waveform reaches between its samples.

Source: ITU-R BS.1770-4, annex 2: four times oversampling; the filter here is a windowed sinc of 48 taps, 12 a phase.
"""

from typing import Final

import numpy as np

from scorer.mix.pcm import FloatArray

PHASES: Final = 4
TAPS: Final = 12  # a phase


def _filters() -> FloatArray:
    """Return what each phase (PHASES - 1, TAPS) between two samples is made of."""
    places = np.arange(TAPS) - TAPS // 2 + 1
    phases = np.arange(1, PHASES)[:, None] / PHASES
    distance = places[None, :] - phases
    window = np.cos(np.pi * distance / TAPS) ** 2
    filters = np.sinc(distance) * window
    return np.asarray(filters / filters.sum(axis=1, keepdims=True), np.float32)


FILTERS: Final = _filters()


def peaks(samples: FloatArray, frame: int, over: float) -> FloatArray:
    """Return the true peak of each `frame` samples of (n, channels), (ceil(n / frame),), over all channels.

    Frames whose samples stay below `over` are taken at their samples' peak: three decibels under a limit no wave
    that was not made for it reaches the limit between its samples.
    """
    count = -(-len(samples) // frame)
    padded = np.zeros((count * frame, samples.shape[1]), np.float32)
    padded[: len(samples)] = samples
    found = np.abs(padded).reshape(count, -1).max(axis=1)
    loud = np.flatnonzero(found > over)
    if not len(loud):
        return np.asarray(found, np.float32)
    before, behind = TAPS // 2 - 1, TAPS // 2
    for channel in padded.T:
        line = np.pad(channel, (before, behind))
        windows = np.lib.stride_tricks.sliding_window_view(line, TAPS)
        for some in np.array_split(loud, -(-len(loud) // 512)):
            rows = (some[:, None] * frame + np.arange(frame)).ravel()
            between = np.abs(windows[rows] @ FILTERS.T).reshape(len(some), -1).max(axis=1)
            found[some] = np.maximum(found[some], between)
    return np.asarray(found, np.float32)
