"""Ducking: where the narrator speaks, and how the bed moves around that.

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
GAP_S: Final = 4.0  # seconds without speech that are more than a pause: a new scene or chapter, an interlude


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """How a gain moves away from its level under speech and back, in seconds."""

    hold_s: float  # after the last word
    release_s: float  # that moving away takes
    attack_s: float  # that coming back takes
    lookahead_s: float  # by which that ends before the next word


RISE: Final = Envelope(hold_s=1.5, release_s=2.5, attack_s=0.8, lookahead_s=0.2)
MUTE: Final = Envelope(hold_s=0.4, release_s=0.5, attack_s=0.4, lookahead_s=0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duck:
    """How far, in LU, the bed is higher in pauses, and in gaps, than under speech; or silent in both, with `mute`."""

    pause: float = 4.0
    gap: float = 10.0
    mute: bool = False


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


def duck_gains(speech: NDArray[np.bool_], duck: Duck, interlude: NDArray[np.bool_]) -> FloatArray:
    """Return the factor, (frames,), on the bed's level under speech; `interlude` (frames,) is never mute."""
    if duck.mute:
        heard = np.maximum(1.0 - _away(speech, MUTE), _away(~interlude, MUTE))
        return np.asarray(heard, dtype=np.float32)
    gaps = ~_without_short_runs(~speech, round(GAP_S / FRAME_S))
    decibels = duck.pause * _away(speech, RISE) + (duck.gap - duck.pause) * _away(gaps, RISE)
    return np.asarray(10 ** (decibels / 20), dtype=np.float32)


def _away(speech: NDArray[np.bool_], envelope: Envelope) -> FloatArray:
    """Return how far, from 0 to 1, a gain has moved away in each frame."""
    far = np.float32(np.inf)
    frames = np.arange(len(speech), dtype=np.float32)  # exact up to 93 hours
    last = np.maximum.accumulate(np.where(speech, frames, -far))
    following = np.minimum.accumulate(np.where(speech, frames, far)[::-1])[::-1]
    leaving = ((frames - last) * FRAME_S - envelope.hold_s) / envelope.release_s
    coming = ((following - frames) * FRAME_S - envelope.lookahead_s) / envelope.attack_s
    ramp = np.clip(np.minimum(leaving, coming), 0.0, 1.0)
    return np.asarray(ramp * ramp * (3.0 - 2.0 * ramp), dtype=np.float32)
