"""From fits to one smoothed path: which state (a track, or silence) each window gets."""

from scorer.smooth.costs import Costs
from scorer.smooth.lock import Lock, borders_of
from scorer.smooth.programme import objective, smooth
from scorer.smooth.wear import smooth_fairly

__all__ = ["Costs", "Lock", "borders_of", "objective", "smooth", "smooth_fairly"]
