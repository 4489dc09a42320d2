"""From window vectors and the index to fits: how well each track goes with each window."""

from scorer.match.fit import NEVER, Fit, match, track_fit

__all__ = ["NEVER", "Fit", "match", "track_fit"]
