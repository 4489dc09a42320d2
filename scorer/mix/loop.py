"""Loops: how a track shorter than its cue goes on without a click or a jump in level."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft

from scorer.mix.fade import join
from scorer.mix.loudness import sliding_means
from scorer.mix.pcm import FloatArray
from scorer.mix.track import Reel

SEAM_S: Final = 2.0  # seconds of crossfade, a quarter of the audible track at most
SEARCH_S: Final = 20.0  # seconds of the track's opening in which a similar place is sought, a third of it at most
LEVEL_WEIGHT: Final = 0.03  # correlation that a difference of 1 dB between the two sides is worth


@dataclass(frozen=True, slots=True)
class Loop:
    """A way back: at sample `end` the `seam` (n, channels) sounds, and then the track from sample `start` on."""

    start: int
    end: int
    seam: FloatArray


def find_loop(reel: Reel, opening: int, ending: int, sample_rate: int) -> Loop:
    """Return the smoothest way back from the end of a track's audible part, samples [opening, ending), to its opening.

    It leads to the place in the opening whose waveform correlates best with the last seconds, less a cost for a
    difference in level; there both sides are crossfaded.
    """
    audible = ending - opening
    length = min(round(SEAM_S * sample_rate), audible // 4)
    search = min(round(SEARCH_S * sample_rate), audible // 3)
    tail = reel.piece(ending - length, ending)
    beginning = reel.piece(opening, opening + search + length)
    alike = similarity(_middle(tail), _middle(beginning))
    place = int(np.argmax(alike - LEVEL_WEIGHT * _level_steps(tail, beginning)))
    head = beginning[place : place + length]
    return Loop(opening + place + length, ending - length, join(tail, head, float(alike[place])))


def similarity(template: FloatArray, signal: FloatArray) -> NDArray[np.float64]:
    """Return the normalised correlation of a template (m,) with each place of a signal (n,): (n - m + 1,).

    Stretch by stretch (overlap-save), so that memory follows the template and not the signal.
    """
    places, size = len(signal) - len(template) + 1, 2 << (len(template) - 1).bit_length()
    step, pattern = size - len(template) + 1, np.conj(rfft(template, size))
    stretches = (rfft(signal[at : at + size], size) for at in range(0, places, step))
    products = np.concatenate([irfft(spectrum * pattern, size)[:step] for spectrum in stretches])[:places]
    norms = np.sqrt(_energies(signal[:, None], len(template)) * float(np.sum(np.square(template, dtype=np.float64))))
    return np.asarray(np.divide(products, norms, out=np.zeros(places), where=norms > 1e-9))


def _middle(samples: FloatArray) -> FloatArray:
    return samples @ np.full(samples.shape[1], 1.0 / samples.shape[1], np.float32)


def _level_steps(tail: FloatArray, beginning: FloatArray) -> NDArray[np.float64]:
    of_places, of_tail = (_energies(samples, len(tail)) + 1e-9 for samples in (beginning, tail))
    return np.asarray(np.abs(10 * np.log10(of_places / of_tail)))


def _energies(samples: FloatArray, length: int) -> NDArray[np.float64]:
    """Return the energy of each `length` samples in a row of (n, channels): (n - length + 1,)."""
    squares = np.einsum("ij,ij->i", samples, samples)
    return np.asarray(np.maximum(sliding_means(squares, length) * length, 0.0))


def play(reel: Reel, first: int, end: int, loop: Loop | None, passed: int = 0) -> Generator[FloatArray, None, None]:
    """Yield samples from `first` on in blocks (n, channels): to `end`, or for ever where there is a loop.

    The first `passed` samples of that are left out.
    """
    if loop is None:
        yield from reel.read(first + passed, end)
        return
    if first + passed >= loop.end:
        period = loop.end - loop.start + len(loop.seam)
        behind = (first + passed - loop.end) % period
        yield loop.seam[behind:]
        first, passed = loop.start, max(0, behind - len(loop.seam))
    while True:
        yield from reel.read(first + passed, loop.end)
        yield loop.seam
        first, passed = loop.start, 0
