"""How sure a mean of neighbouring passages is: its standard error.

Neighbouring windows read some of the same sentences, which makes them fewer than they seem. Where the readings of
sentences are independent and a window's is their mean, the variance of a weighted mean of windows is

    s^2 o sum(w^2) / sum(w)^2,        s^2 = (sum of squared deviations) / (n - o)

with o the overlap, the sentences that windows read over those that they stand for: the sum of the correlations of a
window with all others, its own included. s is estimated from the NEAR windows around each.
"""

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
    """Return the standard deviation (n,) of the NEAR of n values around each, windows that overlap by `shared`."""
    near = min(NEAR, len(values))
    squares = near * np.lib.stride_tricks.sliding_window_view(values, near).var(axis=1)
    middle = np.clip(np.arange(len(values)) - near // 2, 0, len(values) - near)
    deviation: Floats = np.sqrt(squares / max(near - shared, 1.0))[middle]
    return deviation


def standard_error(deviation: float, weights: Floats, shared: float) -> float:
    """Return the standard error of a weighted mean of windows that overlap by `shared` and scatter by `deviation`."""
    return deviation * min(1.0, float(np.sqrt(shared * np.square(weights).sum()) / weights.sum()))
