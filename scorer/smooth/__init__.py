"""From fits to one smoothed path: which state (a track, or silence) each window gets."""

from scorer.smooth.costs import Costs
from scorer.smooth.programme import objective, smooth
from scorer.smooth.wear import smooth_fairly

__all__ = ["Costs", "objective", "smooth", "smooth_fairly"]
