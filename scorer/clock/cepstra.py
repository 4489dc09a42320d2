"""What the clock hears of speech: mel-frequency cepstra (Davis and Mermelstein 1980), twenty a second."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

FloatArray = NDArray[np.float32]

SAMPLE_RATE: Final = 16_000
HOP_S: Final = 0.05  # seconds a row
STEP: Final = 160  # samples, 10 ms: five spectra are averaged to a row
SPECTRA: Final = round(HOP_S * SAMPLE_RATE / STEP)
WINDOW: Final = 512  # samples, 32 ms
BANDS: Final = 40
LOW_HZ, HIGH_HZ = 100.0, 6800.0
CEPSTRA: Final = 13
QUIET: Final = 1e-6  # added to band energies: far under speech, over the rounding of 16 bits
CHUNK: Final = 6_000  # spectra at a time


def cepstra(blocks: Iterable[NDArray[np.floating]]) -> FloatArray:
    """Return cepstra (n, CEPSTRA) of mono blocks (m,) of samples at SAMPLE_RATE in [-1, 1], a row each HOP_S."""
    rest, rows = np.zeros(0, np.float32), []
    size = CHUNK * STEP
    for block in blocks:
        rest = np.concatenate([rest, block.astype(np.float32)])
        while len(rest) >= size + WINDOW:
            rows.append(_rows(rest[: size + WINDOW - STEP]))
            rest = rest[size:]
    rows.append(_rows(np.concatenate([rest, np.zeros(WINDOW - STEP, np.float32)])))
    return np.concatenate(rows)


def _rows(samples: FloatArray) -> FloatArray:
    if len(samples) < WINDOW:
        return np.zeros((0, CEPSTRA), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::STEP]
    frames = frames[: len(frames) // SPECTRA * SPECTRA]
    power = np.square(np.abs(rfft(frames * _HANN, axis=1))).astype(np.float32)
    spectra = np.log(power @ _MEL + np.float32(QUIET)) @ _COSINES
    return np.asarray(spectra.reshape(-1, SPECTRA, CEPSTRA).mean(axis=1), np.float32)


def _mel_bands() -> FloatArray:
    """Triangles (WINDOW // 2 + 1, BANDS) evenly spaced in mel (O'Shaughnessy 1987)."""

    def mel(hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0))

    edges = 700.0 * (10.0 ** (np.linspace(mel(LOW_HZ), mel(HIGH_HZ), BANDS + 2) / 2595.0) - 1.0)
    hz = np.linspace(0.0, SAMPLE_RATE / 2, WINDOW // 2 + 1)[:, None]
    rising = (hz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hz) / (edges[2:] - edges[1:-1])
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)), np.float32)


def _cosines() -> FloatArray:
    """The orthonormal DCT-II (BANDS, CEPSTRA)."""
    band, order = np.arange(BANDS)[:, None] + 0.5, np.arange(CEPSTRA)[None]
    table = np.cos(np.pi / BANDS * band * order) * np.sqrt(2.0 / BANDS)
    table[:, 0] /= np.sqrt(2.0)
    return np.asarray(table, np.float32)


_HANN: Final = np.hanning(WINDOW).astype(np.float32)
_MEL: Final = _mel_bands()
_COSINES: Final = _cosines()
