"""The smoothing programme: an exact dynamic programme over window x state.

Goal: a sequence of cues that fits the text and that a listener can follow.

A path cuts the windows 0..W-1 into segments (s, e, x): windows s..e-1 get state x, and neighbours differ. Its value
is

    sum over windows     seconds[w] * fit[w, x(w)]                                     how well each moment fits
  - sum over switches    switch_cost[s]                                                cheaper where a chapter starts
  - sum over replays     replay                                                        see below

over paths whose segments all last at least `min_cue_s` (a single segment over everything is always allowed).
A *lock* makes given windows one segment of a given state; what lies between locks is a stretch of its own, which a
single segment may always fill, and locked segments may be of any length and like each other.
Segments longer than `max_cue_s` cost OVERLONG, which is more than anything else can be worth, but where locks or long
windows leave no other path.
A *replay* is a segment whose state is that of the segment before the last, after less than `replay_gap_s` seconds
(A B A with a short B). Silence is the last state; returning to silence is no replay.

Method: let E[s, x, p] be the best value of everything before s when x is entered at s from p. A segment may be left
once it is `min_cue_s` old, so entries wait in a queue and join a pool of leavable ones when they have matured: each
does so once, hence the time is linear in W. Leaving x for u costs `replay` only where u = p, so of all entries into
x just the best and the best with another p can matter; entries older than `replay_gap_s` no longer need their p.
Values are kept as E[s, x, p] - F[s, x] with F the running sum of seconds * fit, so that an entry's value at any
later border b is that plus F[b, x]. An entry that has grown older than the gap also stays in the pool of young
ones, where it is only undervalued: this changes no maximum. Where there is a longest cue, the pool is filled anew at
each border from the few entries that are not too old.

The price of a transition has few distinct values, so that the best way is nearly the same into all states: from the
state that is best to leave, but into that itself and into the one that leaving it would replay. At each border only
these, at most four with those of the second best, have all K ways compared; the rest share theirs, and one pair of
back-pointers. Time O(W K) for K states, with no dependence on how long segments are; memory O(W),
and O(K) for each border not older than the replay gap, beside `fit`.
"""

import itertools
import math
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.smooth.costs import OVERLONG, Costs
from scorer.smooth.lock import Ints, Lock, Stretch, borders_of, may_repeat, stretches
from scorer.smooth.pool import NEVER, Pool
from scorer.smooth.ways import Floats, Trail, Ways

_SLACK_S: Final = 1e-9
_ROWS: Final = 256  # of `fit` at a time in double precision


def smooth(
    fit: NDArray[np.floating], seconds: Floats, chapters: Ints, costs: Costs, locks: Sequence[Lock] = ()
) -> Ints:
    """Return the state of each window, (W,), on a path of the greatest value (see the module's text).

    fit: (W, K), the last state being silence; seconds: (W,), above zero; chapters: (W,), not decreasing; locks in
    order. Ties go to the state with the lower number. Raises `ValueError` where the shapes or locks do not agree.
    """
    windows, states = fit.shape
    if seconds.shape != (windows,) or chapters.shape != (windows,) or windows == 0 or states == 0:
        raise ValueError(f"fit {fit.shape}, seconds {seconds.shape} and chapters {chapters.shape} do not agree")
    return _Programme(fit, seconds, costs.of_switches(chapters), costs).solve(stretches(windows, locks))


def objective(
    path: Ints,
    fit: NDArray[np.floating],
    seconds: Floats,
    chapters: Ints,
    costs: Costs,
    locks: Sequence[Lock] = (),
) -> float:
    """Return the value of a path, or minus infinity where it breaks a rule; all as in `smooth`."""
    switch_costs, silence = costs.of_switches(chapters), fit.shape[1] - 1
    borders = borders_of(path, locks)
    tracks, lengths = path[borders[:-1]].tolist(), [float(seconds[s:e].sum()) for s, e in itertools.pairwise(borders)]
    if not _is_allowed(path, borders, lengths, fit.shape[1], costs, locks):
        return NEVER
    value = float((seconds * fit[np.arange(len(path)), path]).sum())
    value -= float(sum(switch_costs[s] for s in borders[1:-1]))
    locked = {lock.first for lock in locks}
    overlong = [
        length > costs.max_cue_s + _SLACK_S and s not in locked for s, length in zip(borders, lengths, strict=False)
    ]
    replays = sum(
        tracks[i] == tracks[i - 2] != silence and lengths[i - 1] < costs.replay_gap_s and not overlong[i - 1]
        for i in range(2, len(tracks))
    )
    return float(value - costs.replay * replays - OVERLONG * sum(overlong))


def _is_allowed(
    path: Ints, borders: list[int], lengths: list[float], states: int, costs: Costs, locks: Sequence[Lock]
) -> bool:
    parts = stretches(len(path), locks)
    whole = {(part.first, part.stop) for part in parts}
    spans = zip(itertools.pairwise(borders), lengths, strict=True)
    return (
        all(length >= costs.min_cue_s or span in whole for span, length in spans)
        and all((path[lock.first : lock.stop] == lock.state).all() for lock in locks)
        and all(
            path[one.stop - 1] != path[one.stop] or may_repeat(one, other, states)
            for one, other in itertools.pairwise(parts)
        )
    )


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
        self.trail = Trail(self.windows)

    def solve(self, parts: Sequence[Stretch]) -> Ints:
        """Return the best path through the stretches that tile the windows."""
        ways = Ways(0, next(self.sums), ((0.0, -1, -1), (NEVER, -1, -1)), {})
        for part, following in itertools.pairwise(parts):
            pool, gained = self._cross(part, ways)
            ways = self._border(pool, part.stop, gained, stay=may_repeat(part, following, self.states))
        pool, gained = self._cross(parts[-1], ways)
        return self._trace(*pool.last(gained))

    def _cross(self, part: Stretch, ways: Ways) -> tuple[Pool, Floats]:
        """Return what may be left at the end of a stretch that is entered by these ways, and F there."""
        pool = Pool(self.states, self.costs.replay)
        if part.locked is not None:
            pool.ripen(ways)
            if self._age(ways, part.stop) >= self.costs.replay_gap_s:
                pool.age(ways)
            pool.keep(part.locked)
            return pool, [next(self.sums) for _ in range(part.first, part.stop)][-1]
        unripe, young = deque([ways]), deque[Ways]()
        for border in range(part.first + 1, part.stop):
            self._move_on(border, pool, unripe, young)
            unripe.append(self._border(pool, border, next(self.sums)))
        self._move_on(part.stop, pool, unripe, young, whole=ways)
        return pool, next(self.sums)

    def _move_on(
        self, border: int, pool: Pool, unripe: deque[Ways], young: deque[Ways], whole: Ways | None = None
    ) -> None:
        """Move on the entries that are old enough at this border, and in any case those of `whole`."""
        while unripe and (unripe[0] is whole or self._age(unripe[0], border) >= self.costs.min_cue_s):
            young.append(unripe.popleft())
            pool.ripen(young[-1])
        if math.isfinite(self.costs.max_cue_s):
            self._renew(border, pool, young)
            return
        while young and self._age(young[0], border) >= self.costs.replay_gap_s:
            pool.age(young.popleft())

    def _renew(self, border: int, pool: Pool, young: deque[Ways]) -> None:
        """Fill the pool anew, as the entries that were best may have grown too old."""
        while young and self._age(young[0], border) > self.costs.max_cue_s + 2 * _SLACK_S:
            pool.outlast(young.popleft())
        pool.forget()
        for ways in young:
            pool.ripen(ways)
            if self._age(ways, border) >= self.costs.replay_gap_s:
                pool.age(ways)

    def _age(self, ways: Ways, border: int) -> float:
        # Sums of the same seconds in another order differ in the last bits; a length meant to be equal is enough.
        return self.times[border] - self.times[ways.border] + _SLACK_S

    def _border(self, pool: Pool, border: int, gained: Floats, *, stay: bool = False) -> Ways:
        ways = pool.ways(border, gained, self.switch_costs[border], stay=stay)
        self.trail.note(ways)
        return ways

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
