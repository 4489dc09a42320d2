"""Pauses of the narration: where a change of music disturbs no word."""

import numpy as np
from numpy.typing import NDArray

from scorer.mix.loudness import FRAME_S

SHORTEST_S = 0.25  # seconds; less is a stop within a phrase
LONG_S = 1.5  # seconds; longer is no better a place for a change
WAY = 0.25  # seconds of pause that a second's way is worth


class Pauses:
    """Pauses as spans (n, 2) in seconds, of which those count that are long enough."""

    def __init__(self, spans: NDArray[np.float64]) -> None:
        self.spans = spans[spans[:, 1] - spans[:, 0] >= SHORTEST_S]

    def near(self, time_s: float, within_s: float) -> float:
        """Return a time in the best pause that is not further off than `within_s`, or `time_s` where there is none.

        Long pauses are better than short ones, near ones better than far ones. Within the pause the place is the
        nearest that keeps half a second, or half the pause, from its edges.
        """
        starts, ends = self.spans.T
        margins = np.minimum(0.5, (ends - starts) / 2)
        places = np.clip(time_s, starts + margins, ends - margins)
        ways = np.abs(places - time_s)
        worth = np.where(ways <= within_s, np.minimum(ends - starts, LONG_S) - WAY * ways, -np.inf)
        if not len(worth) or worth.max() == -np.inf:
            return time_s
        return float(places[int(np.argmax(worth))])


def between(speech: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the spans (n, 2) between frames of speech, (frames,), in seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], ~speech, [False]]).astype(np.int8)))
    return np.asarray(edges.reshape(-1, 2) * FRAME_S)
