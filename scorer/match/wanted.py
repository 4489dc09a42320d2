"""What a person's wishes leave of a library."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of the T tracks of an index: which are `allowed`, (T,), how much each is liked, (T,) in fit, and `needed` ones.

    Those that are needed are among the candidates whether allowed or not; `needed` has their positions.
    """

    allowed: NDArray[np.bool_]
    liking: NDArray[np.float64]
    needed: tuple[int, ...] = ()

    @classmethod
    def anything(cls, tracks: int) -> "Wanted":
        """Return no wish at all."""
        return cls(np.ones(tracks, np.bool_), np.zeros(tracks))
