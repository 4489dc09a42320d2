"""Loops: how a track shorter than its cue goes on without a click or a jump in level."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft

from scorer.mix.fade import join
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
    alike = similarity(tail.mean(axis=1), beginning.mean(axis=1))
    place = int(np.argmax(alike - LEVEL_WEIGHT * _level_steps(tail, beginning)))
    head = beginning[place : place + length]
    return Loop(opening + place + length, ending - length, join(tail, head, float(alike[place])))


def similarity(template: FloatArray, signal: FloatArray) -> NDArray[np.float64]:
    """Return the normalised correlation of a template (m,) with each place of a signal (n,): (n - m + 1,)."""
    size = 1 << (len(signal) + len(template) - 1).bit_length()
    spectrum = rfft(signal, size) * np.conj(rfft(template, size))
    products = irfft(spectrum, size)[: len(signal) - len(template) + 1].astype(np.float64)
    energy = float(np.sum(template.astype(np.float64) ** 2))
    norms = np.sqrt(_sliding_energy(signal, len(template)) * energy)
    return np.asarray(np.divide(products, norms, out=np.zeros(len(products)), where=norms > 1e-9))


def _level_steps(tail: FloatArray, beginning: FloatArray) -> NDArray[np.float64]:
    of_tail = float(np.sum(tail.astype(np.float64) ** 2)) + 1e-9
    of_places = np.sum([_sliding_energy(channel, len(tail)) for channel in beginning.T], axis=0) + 1e-9
    return np.asarray(np.abs(10 * np.log10(of_places / of_tail)))


def _sliding_energy(signal: FloatArray, length: int) -> NDArray[np.float64]:
    sums = np.concatenate([[0.0], np.cumsum(signal.astype(np.float64) ** 2)])
    return np.asarray(np.maximum(sums[length:] - sums[:-length], 0.0))


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
