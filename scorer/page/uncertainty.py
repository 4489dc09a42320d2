"""How sure a mean of neighbouring passages is: its standard error.

Neighbouring windows read some of the same sentences, which makes them fewer than they seem. Where the readings of
sentences are independent and a window's is their mean, the variance of a weighted mean of windows is

    s^2 o sum(w^2) / sum(w)^2,        s^2 = mean((x[i + o] - x[i])^2) / 2

with o the overlap, the sentences that windows read over those that they stand for: the sum of the correlations of a
window with all others, its own included, and how far apart windows are that share no sentence. s, a window's own
deviation, is estimated from NEAR such differences around each (von Neumann 1941): the slow rise and fall of a book is
what the mean is to show, and counts little.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scorer.book import Window

NEAR: Final = 24
ERRORS: Final = 2.0  # standard errors either side, which hold the mean in about 95 of 100 cases

Floats = NDArray[np.float64]


def overlap(windows: Sequence["Window"]) -> float:
    """Return how many windows read each sentence, on average: 1 or more."""
    read = sum(window.last - window.first + 1 for window in windows)
    return read / sum(window.core_last - window.core_first + 1 for window in windows)


def scatter(values: Floats, shared: float) -> Floats:
    """Return the standard deviation (n,) of single values around each of n, windows that overlap by `shared`.

    It is zero where there are too few to tell.
    """
    apart = math.ceil(shared)
    if len(values) <= apart:
        return np.zeros_like(values)
    squares = np.square(values[apart:] - values[:-apart]) / 2
    near = min(NEAR, len(squares))
    variances = np.lib.stride_tricks.sliding_window_view(squares, near).mean(axis=1)
    middle = np.clip(np.arange(len(values)) - (apart + near) // 2, 0, len(variances) - 1)
    deviation: Floats = np.sqrt(variances)[middle]
    return deviation


def standard_error(deviation: float, weights: Floats, shared: float) -> float:
    """Return the standard error of a weighted mean of windows that overlap by `shared` and scatter by `deviation`."""
    return deviation * min(1.0, float(np.sqrt(shared * np.square(weights).sum()) / weights.sum()))
