"""The finished file, measured: loudness, range, peaks, RMS and noise floor.

Sources: ITU-R BS.1770-4 (loudness, true peak), EBU Tech 3342 (loudness range). RMS is that of all channels' samples, in
dB of full scale (a full-scale square wave has 0 dB). The noise floor is the RMS of half a second of the quieter pauses.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.mix.loudness import FRAME_S, Meter, energy, frame_samples, level, loudness, sliding_means
from scorer.mix.master import decibels
from scorer.mix.pcm import FloatArray, Pcm, floats
from scorer.mix.truepeak import peaks

SHORT_TERM: Final = 150  # frames: 3 s
STEP: Final = 5  # frames: 100 ms
RANGE_GATE: Final = -20.0  # LU under the ungated short-term level (EBU Tech 3342)
RANGE: Final = (0.10, 0.95)  # quantiles
LOOK: Final = 0.5  # of the highest peak so far: frames below are not looked at between samples
ROOM_TONE: Final = 25  # frames: half a second
FLOOR: Final = 0.1  # quantile of half seconds
MARGIN: Final = 5  # frames of a pause on either side that are a word's dying away
OFF: Final = 1e-10  # mean square, -100 dB: digital silence has no noise


@dataclass(frozen=True, slots=True)
class Measured:
    """LUFS, LU, dB of full scale and of true peak; minus infinity where nothing sounds, None with no pause."""

    seconds: float
    lufs: float
    loudness_range_lu: float
    true_peak_db: float
    peak_db: float
    rms_db: float
    noise_floor_db: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Return the figures by name, to a hundredth; None where one is not finite."""
        return {
            name: round(value, 2) if value is not None and math.isfinite(value) else None
            for name, value in asdict(self).items()
        }


def measure_file(blocks: Iterable[Pcm], sample_rate: int, channels: int, speech: NDArray[np.bool_]) -> Measured:
    """Measure 16-bit blocks (n, channels); `speech` (frames,) tells where the pauses are."""
    hop = frame_samples(sample_rate)
    meter = Meter(sample_rate, channels)
    squares: list[FloatArray] = []
    rest = np.zeros((0, channels), np.float32)
    peak = true_peak = 0.0
    length = 0
    for block in blocks:
        samples = floats(block)
        length += len(samples)
        meter.push(samples)
        peak = max(peak, float(np.abs(samples).max(initial=0.0)))
        joined = np.concatenate([rest, samples])
        true_peak = max(true_peak, float(peaks(joined, hop, LOOK * true_peak).max(initial=0.0)))
        whole = len(joined) // hop * hop
        squares.append(np.square(joined[:whole]).reshape(-1, hop * channels).mean(axis=1))
        rest = joined[whole:]
    energies, frames = meter.finish(), np.concatenate(squares) if squares else np.zeros(0, np.float32)
    return Measured(
        seconds=length / sample_rate,
        lufs=loudness(energies),
        loudness_range_lu=loudness_range(energies),
        true_peak_db=decibels(true_peak),
        peak_db=decibels(peak),
        rms_db=rms_db(frames),
        noise_floor_db=noise_floor_db(frames, speech),
    )


def rms_db(squares: FloatArray) -> float:
    """Return the RMS in dB of full scale of frames' mean squares, (frames,)."""
    return decibels(math.sqrt(float(squares.mean(dtype=np.float64)))) if len(squares) else -math.inf


def noise_floor_db(squares: FloatArray, speech: NDArray[np.bool_]) -> float | None:
    """Return the noise floor in dB: of all half seconds of (frames,) without speech, a tenth are lower.

    A half second counts where no word dies away in it. None where there is none.
    """
    count = min(len(squares), len(speech))
    if count < ROOM_TONE:
        return None
    spoken = np.convolve(speech[:count], np.ones(ROOM_TONE + 2 * MARGIN), mode="same") > 0.5
    means = sliding_means(squares[:count], ROOM_TONE)
    middles = spoken[ROOM_TONE // 2 : ROOM_TONE // 2 + len(means)]
    quiet = means[~middles]
    return decibels(math.sqrt(max(OFF, float(np.quantile(quiet, FLOOR))))) if len(quiet) else None


def loudness_range(energies: FloatArray) -> float:
    """Return the loudness range in LU of (frames,) energies (EBU Tech 3342); 0 where less than 3 s sound."""
    levels = short_term(energies)
    heard = levels[levels > energy(-70.0)]
    if not len(heard):
        return 0.0
    heard = heard[heard > heard.mean() * 10 ** (RANGE_GATE / 10)]
    low, high = np.quantile(heard, RANGE)
    return level(float(high)) - level(float(low))


def short_term(energies: FloatArray) -> NDArray[np.float64]:
    """Return the mean energies of 3 s each 100 ms."""
    if len(energies) < SHORT_TERM:
        return np.zeros(0)
    return sliding_means(energies, SHORT_TERM)[::STEP]


def speech_to_music(speech: FloatArray, bed: FloatArray, spoken: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Return the least and the median distance in LU of speech and bed, both (frames,) energies, where both sound.

    Each is taken over 3 s of which the narrator speaks for the greater part. None where no music lies under speech.
    """
    count = min(len(speech), len(bed), len(spoken))
    voice, music = short_term(speech[:count]), short_term(bed[:count])
    both = (short_term(spoken[:count].astype(np.float32)) > 0.5) & (music > energy(-70.0)) & (voice > energy(-70.0))
    if not both.any():
        return None
    distances = 10 * np.log10(voice[both] / music[both])
    return float(distances.min()), float(np.median(distances))


def coverage(bed: FloatArray) -> float:
    """Return the share of (frames,) in which the bed can be heard at all (-70 LUFS over 400 ms)."""
    size = round(0.4 / FRAME_S)
    if not len(bed):
        return 0.0
    smooth = np.convolve(bed, np.full(size, 1 / size), mode="same") if len(bed) >= size else bed
    return float((smooth > energy(-70.0)).mean())
