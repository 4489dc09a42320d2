"""What a change of music costs."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

OVERLONG: Final = 1e6  # fit x seconds, the price of a segment over the longest: paid where the rules leave no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The terms that the programme trades against fit; costs are in fit x seconds.

    A switch that costs 10 pays off when the new track fits better by 0.1 for 100 seconds.
    """

    switch: float
    switch_at_chapter: float
    replay: float
    replay_gap_s: float
    min_cue_s: float
    max_cue_s: float = math.inf

    def of_switches(self, chapters: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the cost of a switch before each window, (W,), given each window's chapter, (W,)."""
        starts = np.diff(chapters, prepend=chapters[:1]) != 0
        return np.where(starts, self.switch_at_chapter, self.switch)
