"""Presets: what a distributor asks of the loudness of a finished file, and whether one keeps it.

Sources: ACX, "Audio Submission Requirements" (RMS -23 to -18 dB, peaks under -3 dB, noise floor under -60 dB, 192
kbit/s or more, constant, 44.1 kHz MP3, a file a section, at most 120 minutes); Apple, "Podcast audio requirements",
and AES TD1004 (-16 LUFS in stereo, -19 in mono, true peaks under -1 dB).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from scorer.mix.loudness import loudness
from scorer.mix.master import limited_frames
from scorer.mix.measure import Measured, rms_db
from scorer.mix.pcm import FloatArray

Name = Literal["none", "podcast", "acx"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and what it was measured to be."""

    rule: str
    value: float | None
    passed: bool


@dataclass(frozen=True, slots=True)
class Preset:
    """How loud a mix becomes.

    `off` takes a mix's K-weighted energies, its mean squares, both (frames,), and its channels, and returns by how many
    decibels it is too soft. `ceiling_db` is that of true peaks. `sample_rate` and `suffix` are None where any will do.
    """

    off: Callable[[FloatArray, FloatArray, int], float]
    ceiling_db: float
    rules: Callable[[Measured, int], list[Rule]]
    sample_rate: int | None = None
    suffix: str | None = None
    split: bool = False


PODCAST_LUFS: Final = {1: -19.0, 2: -16.0}
PODCAST_PEAK: Final = -1.0
TOLERANCE_LU: Final = 1.0
MOST_LIMITED_DB: Final = 6.0  # more would be heard
ACX_RMS: Final = (-23.0, -18.0)
ACX_AIM: Final = -20.0
ACX_PEAK: Final = -3.0
ACX_FLOOR: Final = -60.0
ACX_MINUTES: Final = 120.0


def _podcast_lufs(channels: int) -> float:
    return PODCAST_LUFS[min(channels, 2)]


def _to_lufs(energies: FloatArray, squares: FloatArray, channels: int) -> float:
    return _podcast_lufs(channels) - loudness(energies)


def _to_rms(energies: FloatArray, squares: FloatArray, channels: int) -> float:
    return ACX_AIM - rms_db(squares)


def _podcast_rules(measured: Measured, channels: int) -> list[Rule]:
    aim = _podcast_lufs(channels)
    return [
        Rule(f"loudness {aim:.0f} LUFS, ±{TOLERANCE_LU:.0f}", measured.lufs, abs(measured.lufs - aim) <= TOLERANCE_LU),
        _at_most(f"true peak at most {PODCAST_PEAK:.0f} dBTP", measured.true_peak_db, PODCAST_PEAK),
    ]


def _acx_rules(measured: Measured, channels: int) -> list[Rule]:
    low, high = ACX_RMS
    floor = measured.noise_floor_db
    return [
        Rule(f"RMS {low:.0f} to {high:.0f} dB", measured.rms_db, low <= measured.rms_db <= high),
        _at_most(f"peak at most {ACX_PEAK:.0f} dB", measured.peak_db, ACX_PEAK),
        _at_most(f"noise floor at most {ACX_FLOOR:.0f} dB", -math.inf if floor is None else floor, ACX_FLOOR),
        _at_most(f"at most {ACX_MINUTES:.0f} minutes", measured.seconds / 60, ACX_MINUTES),
    ]


def _at_most(rule: str, value: float, limit: float) -> Rule:
    # the difference of two sums of decibels may miss a limit that the samples keep
    return Rule(rule, value, value <= limit + 0.005)


PRESETS: Final[dict[str, Preset]] = {
    "podcast": Preset(_to_lufs, PODCAST_PEAK, _podcast_rules),
    "acx": Preset(_to_rms, ACX_PEAK, _acx_rules, sample_rate=44_100, suffix=".mp3", split=True),
}


def gain_db(
    preset: Preset, ceiling_db: float, energies: FloatArray, squares: FloatArray, peaks: FloatArray, channels: int
) -> float:
    """Return the decibels that bring a mix to where the preset wants it, what a limiter takes away counted in.

    `energies`, `squares` and `peaks` (frames,) are the mix's before, `ceiling_db` is the limiter's; at most
    MOST_LIMITED_DB are added for it.
    """
    plain = preset.off(energies, squares, channels)
    low, high = plain, plain + MOST_LIMITED_DB
    for _ in range(12):
        middle = (low + high) / 2
        kept = limited_frames(peaks, middle, ceiling_db) + middle
        power = (10 ** (kept / 10)).astype(np.float32)
        if preset.off(energies * power, squares * power, channels) > 0.0:
            low = middle
        else:
            high = middle
    return low


def mixed_energies(speech: FloatArray, bed: FloatArray) -> FloatArray:
    """Return the energies of speech and bed together, (frames,): unrelated sounds add in power."""
    count = min(len(speech), len(bed))
    return np.asarray(speech[:count] + bed[:count], np.float32)
