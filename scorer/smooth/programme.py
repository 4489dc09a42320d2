"""The smoothing programme: an exact dynamic programme over window x state.

Goal: a sequence of cues that fits the text and that a listener can follow.

A path cuts the windows 0..W-1 into segments (s, e, x): windows s..e-1 get state x, and neighbours differ. Its value
is

    sum over windows     seconds[w] * fit[w, x(w)]                                     how well each moment fits
  - sum over switches    switch_cost[s]                                                cheaper where a chapter starts
  - sum over replays     replay                                                        see below

over paths whose segments all last at least `min_cue_s` (a single segment over everything is always allowed).
A *replay* is a segment whose state is that of the segment before the last, after less than `replay_gap_s` seconds
(A B A with a short B). Silence is the last state; returning to silence is no replay.

Method: let E[s, x, p] be the best value of everything before s when x is entered at s from p. A segment may be left
once it is `min_cue_s` old, so entries wait in a queue and join a pool of leavable ones when they have matured: each
does so once, hence the time is linear in W. Leaving x for u costs `replay` only where u = p, so of all entries into
x just the best and the best with another p can matter; entries older than `replay_gap_s` no longer need their p.
Values are kept as E[s, x, p] - F[s, x] with F the running sum of seconds * fit, so that an entry's value at any
later border b is that plus F[b, x]. An entry that has grown older than the gap also stays in the pool of young
ones, where it is only undervalued: this changes no maximum.

The price of a transition has few distinct values, so that the best way is nearly the same into all states: from the
state that is best to leave, but into that itself and into the one that leaving it would replay. At each border only
these, at most four with those of the second best, have all K ways compared; the rest share theirs, and one pair of
back-pointers. Time O(W K) for K states, with no dependence on how long segments are, and memory O(W + K) beside `fit`.
"""

import itertools
from collections import deque
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.smooth.costs import Costs
from scorer.smooth.pool import NEVER, Pool
from scorer.smooth.ways import Floats, Trail, Ways

Ints = NDArray[np.int64]
_ROWS: Final = 256  # of `fit` at a time in double precision


def smooth(fit: NDArray[np.floating], seconds: Floats, chapters: Ints, costs: Costs) -> Ints:
    """Return the state of each window, (W,), on a path of the greatest value (see the module's text).

    fit: (W, K), the last state being silence; seconds: (W,), above zero; chapters: (W,), not decreasing.
    Ties go to the state with the lower number. Raises `ValueError` where the shapes do not agree.
    """
    windows, states = fit.shape
    if seconds.shape != (windows,) or chapters.shape != (windows,) or windows == 0 or states == 0:
        raise ValueError(f"fit {fit.shape}, seconds {seconds.shape} and chapters {chapters.shape} do not agree")
    return _Programme(fit, seconds, costs.of_switches(chapters), costs).solve()


def objective(path: Ints, fit: NDArray[np.floating], seconds: Floats, chapters: Ints, costs: Costs) -> float:
    """Return the value of a path, or minus infinity where a segment is too short; states as in `smooth`."""
    switch_costs, silence = costs.of_switches(chapters), fit.shape[1] - 1
    borders = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    lengths = [float(seconds[s:e].sum()) for s, e in itertools.pairwise(borders)]
    if len(lengths) > 1 and min(lengths) < costs.min_cue_s:
        return NEVER
    value = float((seconds * fit[np.arange(len(path)), path]).sum())
    value -= float(sum(switch_costs[s] for s in borders[1:-1]))
    tracks = [int(path[s]) for s in borders[:-1]]
    replays = sum(
        tracks[i] == tracks[i - 2] != silence and lengths[i - 1] < costs.replay_gap_s for i in range(2, len(tracks))
    )
    return float(value - costs.replay * replays)


def running_sums(fit: NDArray[np.floating], seconds: Floats) -> Iterator[Floats]:
    """Yield F at each border: the sums (K,) of seconds * fit over the windows before it."""
    sums = np.zeros(fit.shape[1])
    yield sums
    for start in range(0, len(fit), _ROWS):
        rows = slice(start, start + _ROWS)
        for gain in seconds[rows, None] * fit[rows].astype(np.float64):
            sums = sums + gain
            yield sums


class _Programme:
    """One run of the programme; fields are named as in the module's text."""

    def __init__(self, fit: NDArray[np.floating], seconds: Floats, switch_costs: Floats, costs: Costs) -> None:
        self.windows, self.states = fit.shape
        self.costs, self.switch_costs = costs, switch_costs.tolist()
        self.times: list[float] = np.concatenate([[0.0], np.cumsum(seconds)]).tolist()
        self.sums = running_sums(fit, seconds)
        self.pool = Pool(self.states, costs.replay)
        self.unripe: deque[Ways] = deque()
        self.young: deque[Ways] = deque()
        self.trail = Trail(self.windows)

    def solve(self) -> Ints:
        self.unripe.append(Ways(0, next(self.sums), ((0.0, -1, -1), (NEVER, -1, -1)), {}))
        for border in range(1, self.windows):
            self._pass(border)
            ways = self.pool.ways(border, next(self.sums), self.switch_costs[border])
            self.trail.note(ways)
            self.unripe.append(ways)
        self._pass(self.windows)
        gained = next(self.sums)
        return self._trace(*self.pool.last(gained) or (int(gained.argmax()), 0))

    def _pass(self, border: int) -> None:
        """Move on the entries that are old enough at this border."""
        while self.unripe and self._age(self.unripe[0], border) >= self.costs.min_cue_s:
            self.young.append(self.unripe.popleft())
            self.pool.ripen(self.young[-1])
        while self.young and self._age(self.young[0], border) >= self.costs.replay_gap_s:
            self.pool.age(self.young.popleft())

    def _age(self, ways: Ways, border: int) -> float:
        # Sums of the same seconds in another order differ in the last bits; a length meant to be equal is enough.
        return self.times[border] - self.times[ways.border] + 1e-9

    def _trace(self, state: int, entry: int) -> Ints:
        """Return the path that ends in a state by this entry."""
        path, end = np.empty(self.windows, dtype=np.int64), self.windows
        while end:
            start = entry // 2
            path[start:end] = state
            if start:
                state, entry = self.trail.before(state, entry)
            end = start
        return path
