"""From window vectors and the index to fits: how well each track goes with each window."""

from scorer.match.fit import Fit, match

__all__ = ["Fit", "match"]
