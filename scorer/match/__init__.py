"""From window vectors and the index to fits: how well each track goes with each window."""

from scorer.match.fit import NEVER, Fit, match, silence_similarity, track_fit
from scorer.match.wanted import Wanted

__all__ = ["NEVER", "Fit", "Wanted", "match", "silence_similarity", "track_fit"]
