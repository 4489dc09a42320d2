"""Loudness in LUFS, from the energy of short frames.

Goal: the integrated loudness of a stream of any length, and of any stretch or selection of it afterwards, in one pass.

Convention: samples are floats with full scale 1; a frame lasts 20 ms; a frame's energy is its K-weighted mean square,
summed over the channels with equal weight (exact for one and two channels). Loudness is -0.691 + 10 log10(energy), so
that a full-scale 997 Hz sine in one channel reads -3.01 LUFS.

Source: ITU-R BS.1770-4, annex 1 (K-weighting, 400 ms gating blocks that overlap by 75 %, gates at -70 LUFS and 10 LU
below the ungated level). The filter is applied to the spectrum of frames under a sine window: its square overlaps to
one, so that energy is kept, and no recursive filter has to run in Python.
"""

import math
from collections.abc import Iterable
from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import rfft

from scorer.mix.pcm import FloatArray

FRAME_S: Final = 0.02  # seconds
_BATCH: Final = 64  # frames transformed at a time: half a megabyte, which stays in the processor's cache
_BLOCK: Final = 20  # frames: 400 ms
_STEP: Final = 5  # frames: 100 ms
_OFFSET: Final = -0.691  # dB, BS.1770 equation 2
_ABSOLUTE_GATE: Final = -70.0  # LUFS
_RELATIVE_GATE: Final = -10.0  # LU
SILENCE: Final = -math.inf


def frame_samples(sample_rate: int) -> int:
    """Return the samples of a frame."""
    return max(1, round(FRAME_S * sample_rate))


class Meter:
    """Collects frame energies from blocks of samples; memory is four bytes a frame, whatever the block."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._hop = frame_samples(sample_rate)
        positions = np.arange(2 * self._hop)
        self._window = np.sin(np.pi * (positions + 0.5) / (2 * self._hop)).astype(np.float32)
        size = quick_size(2 * self._hop)
        self._frames = np.zeros((_BATCH, size), np.float32)  # windowed, and zeros up to a length that is quick
        # Twice for the half of the spectrum that rfft leaves out; Parseval divides by the transform's length.
        weights = 2.0 * k_weights(sample_rate, size) / size / self._hop
        self._weights = np.repeat(weights, 2).astype(np.float32)
        self._held = np.zeros((self._hop // 2, channels), dtype=np.float32)  # centres frame i on its own 20 ms
        self._energies: list[FloatArray] = []

    def push(self, samples: FloatArray) -> None:
        """Take the next samples, (n, channels)."""
        joined = np.concatenate([self._held, samples])
        count = len(joined) // self._hop - 1
        if count > 0:
            self._energies.append(self._measure(joined, count))
            joined = joined[count * self._hop :]
        self._held = joined

    def finish(self) -> FloatArray:
        """Return the energies of all frames, (frames,)."""
        self.push(np.zeros((self._hop + self._hop // 2, self._held.shape[1]), dtype=np.float32))
        return np.concatenate(self._energies) if self._energies else np.zeros(0, dtype=np.float32)

    def _measure(self, joined: FloatArray, count: int) -> FloatArray:
        energies = np.zeros(count, dtype=np.float32)
        if joined.shape[1] == 2 and np.array_equal(joined[:, 0], joined[:, 1]):
            return 2 * self._measure(joined[:, :1], count)  # a narration in stereo is often one channel, twice
        for channel in joined.T:
            frames = sliding_window_view(np.ascontiguousarray(channel), 2 * self._hop)[:: self._hop]
            for first in range(0, count, _BATCH):
                some = frames[first : min(first + _BATCH, count)]
                np.multiply(some, self._window, out=self._frames[: len(some), : 2 * self._hop])
                spectrum = rfft(self._frames[: len(some)], axis=1)
                parts = spectrum.view(np.float32)  # real and imaginary parts in turn
                energies[first : first + len(some)] += np.square(parts, out=parts) @ self._weights
        return energies


def quick_size(least: int) -> int:
    """Return the least even number from `least` on that has no prime factor over five: its transform is quick."""
    for size in range(least + least % 2, 2 * least + 2, 2):
        rest = size
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
    raise AssertionError


@cache
def k_weights(sample_rate: int, size: int) -> NDArray[np.float64]:
    """Return the power response of the K-weighting at the bins of an rfft of `size`, (size // 2 + 1,)."""
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(len(z), dtype=np.complex128)
    for numerator, denominator in (_shelf(sample_rate), _high_pass(sample_rate)):
        response *= np.polyval(numerator[::-1], z) / np.polyval(denominator[::-1], z)
    return np.asarray(np.abs(response) ** 2)


def _shelf(sample_rate: int) -> tuple[list[float], list[float]]:
    # The analogue prototype whose bilinear transform gives BS.1770 table 1 at 48 kHz.
    gain = 10 ** (3.999843853973347 / 20)
    band = gain**0.4996667741545416
    q, k = 0.7071752369554196, math.tan(math.pi * 1681.974450955533 / sample_rate)
    return (
        [gain + band * k / q + k * k, 2 * (k * k - gain), gain - band * k / q + k * k],
        [1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k],
    )


def _high_pass(sample_rate: int) -> tuple[list[float], list[float]]:
    # As above for table 2, whose numerator is 1, -2, 1 whatever the gain.
    q, k = 0.5003270373238773, math.tan(math.pi * 38.13547087602444 / sample_rate)
    scale = 1 + k / q + k * k
    return [1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale]


def loudness(energies: FloatArray, among: NDArray[np.bool_] | None = None) -> float:
    """Return the gated integrated loudness in LUFS of (frames,) energies; minus infinity where nothing is heard.

    With `among`, (frames,), only the gating blocks count that lie in it for the greater part.
    """
    blocks = _block_means(energies)
    if among is not None:
        blocks = blocks[_block_means(among.astype(np.float32)) > 0.5]
    heard = blocks[blocks > energy(_ABSOLUTE_GATE)]
    if not len(heard):
        return SILENCE
    return level(float(heard[heard >= heard.mean() * 10 ** (_RELATIVE_GATE / 10)].mean()))


def level(energy: float) -> float:
    """Return the loudness in LUFS of one energy."""
    return _OFFSET + 10 * math.log10(energy) if energy > 0 else SILENCE


def energy(lufs: float) -> float:
    """Return the energy that has a loudness in LUFS: the inverse of `level`."""
    return float(10 ** ((lufs - _OFFSET) / 10))


def measure(blocks: Iterable[FloatArray], sample_rate: int, channels: int) -> FloatArray:
    """Return the frame energies of blocks (n, channels)."""
    meter = Meter(sample_rate, channels)
    for block in blocks:
        meter.push(block)
    return meter.finish()


def _block_means(energies: FloatArray) -> NDArray[np.float64]:
    # A sound shorter than a gating block is one block of its own.
    size = min(_BLOCK, len(energies))
    if not size:
        return np.zeros(0)
    return sliding_means(energies, size)[::_STEP]


def sliding_means(values: FloatArray, size: int) -> NDArray[np.float64]:
    """Return the means of each `size` values in a row, 0 < size <= n: (n - size + 1,)."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray((sums[size:] - sums[:-size]) / size)
