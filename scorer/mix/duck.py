"""Ducking: where the narrator speaks, and how far the bed may rise where not.

An envelope follower that knows the future: because the whole narration has been measured before mixing, a frame's gain
depends on the time since the last speech and the time until the next. Pauses between words and sentences end before the
hold does, so the bed never pumps; it is down again before the next word begins.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.mix.loudness import FRAME_S, energy, loudness
from scorer.mix.pcm import FloatArray

SPEECH_BELOW: Final = 22.0  # LU under the integrated loudness: soft consonants are above it, room tone is not
SMOOTHING: Final = 5  # frames: 100 ms, longer than a click, shorter than a syllable
SHORTEST_SPEECH: Final = 4  # frames over the threshold: a mouth noise is shorter


@dataclass(frozen=True, slots=True, kw_only=True)
class Duck:
    """How the bed moves around speech: seconds, and LU for the rise in long pauses."""

    rise: float = 6.0
    hold_s: float = 1.5  # after the last word before the bed rises
    release_s: float = 2.5  # that the rise takes
    attack_s: float = 0.8  # that the fall takes
    lookahead_s: float = 0.2  # by which the fall ends before the next word


def speech_frames(energies: FloatArray) -> NDArray[np.bool_]:
    """Return which of the narration's (frames,) hold speech."""
    kernel = np.full(SMOOTHING, 1.0 / SMOOTHING)
    smooth = np.convolve(energies, kernel, mode="same") if len(energies) >= SMOOTHING else energies
    threshold = energy(loudness(energies) - SPEECH_BELOW)
    return _without_short_runs(smooth > threshold, SHORTEST_SPEECH + SMOOTHING - 1)


def _without_short_runs(active: NDArray[np.bool_], shortest: int) -> NDArray[np.bool_]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    result = active.copy()
    for start, end in edges.reshape(-1, 2):
        if end - start < shortest:
            result[start:end] = False
    return result


def duck_gains(speech: NDArray[np.bool_], duck: Duck) -> FloatArray:
    """Return the factor, (frames,), by which the bed is raised over its level under speech."""
    far = np.float32(np.inf)
    frames = np.arange(len(speech), dtype=np.float32)  # exact up to 93 hours
    last = np.maximum.accumulate(np.where(speech, frames, -far))
    following = np.minimum.accumulate(np.where(speech, frames, far)[::-1])[::-1]
    rising = ((frames - last) * FRAME_S - duck.hold_s) / duck.release_s
    falling = ((following - frames) * FRAME_S - duck.lookahead_s) / duck.attack_s
    ramp = np.clip(np.minimum(rising, falling), 0.0, 1.0)
    eased = ramp * ramp * (3.0 - 2.0 * ramp)
    return np.asarray(10 ** (duck.rise * eased / 20), dtype=np.float32)
