"""From fits to one smoothed path: which state (a track, or silence) each window gets."""

from scorer.smooth.costs import Costs
from scorer.smooth.programme import objective, smooth

__all__ = ["Costs", "objective", "smooth"]
