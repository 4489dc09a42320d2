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
ones, where it is only undervalued: this changes no maximum. Time O(W K^2) for K states, with no dependence on how
long segments are.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scorer.smooth.costs import Costs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NEVER = -np.inf


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
        return _NEVER
    value = float((seconds * fit[np.arange(len(path)), path]).sum())
    value -= float(sum(switch_costs[s] for s in borders[1:-1]))
    tracks = [int(path[s]) for s in borders[:-1]]
    replays = sum(
        tracks[i] == tracks[i - 2] != silence and lengths[i - 1] < costs.replay_gap_s for i in range(2, len(tracks))
    )
    return float(value - costs.replay * replays)


@dataclass(slots=True)
class _Entries:
    """Two ways into each state, best first, that differ in the state before: all arrays (2, K)."""

    value: Floats
    before: Ints
    start: Ints  # the border at which the state was entered
    slot: Ints  # which of the two entries of that border it was

    @classmethod
    def none(cls, states: int) -> "_Entries":
        nowhere = np.full((2, states), -1)
        return cls(np.full((2, states), _NEVER), nowhere.copy(), nowhere.copy(), nowhere.copy())

    def pick(self, index: Ints) -> "_Entries":
        """Return rows `index` (2, K) of stacked entries."""
        value, *rest = (np.take_along_axis(array, index, axis=0) for array in self._arrays())
        return _Entries(value.astype(np.float64), *(array.astype(np.int64) for array in rest))

    def joined(self, other: "_Entries") -> "_Entries":
        """Return the best two, with different states before, of these and `other`; on a tie these."""
        stack = _Entries(*(np.concatenate(pair) for pair in zip(self._arrays(), other._arrays(), strict=True)))
        first = stack.value.argmax(axis=0)[None]
        same = stack.before == np.take_along_axis(stack.before, first, axis=0)
        second = np.where(same, _NEVER, stack.value).argmax(axis=0)[None]
        best = stack.pick(np.concatenate([first, second]))
        best.value[1, np.take_along_axis(same, second, axis=0)[0]] = _NEVER
        return best

    def _arrays(self) -> tuple[Floats, Ints, Ints, Ints]:
        return self.value, self.before, self.start, self.slot


class _Programme:
    """One run of the programme; fields are named as in the module's text."""

    def __init__(self, fit: NDArray[np.floating], seconds: Floats, switch_costs: Floats, costs: Costs) -> None:
        self.windows, self.states = fit.shape
        self.fit, self.seconds, self.switch_costs, self.costs = fit, seconds, switch_costs, costs
        self.times = np.concatenate([[0.0], np.cumsum(seconds)])
        self.replay = np.full(self.states, costs.replay)
        self.replay[-1] = 0.0
        self.young = _Entries.none(self.states)
        self.old = _Entries.none(self.states)  # its first row alone is used
        self.running = np.zeros(self.states)  # F at the present border
        self.entry_value = np.full((self.windows, 2, self.states), _NEVER)
        self.entry_before = np.full((self.windows, 2, self.states), -1, dtype=np.int32)
        self.entry_start = np.full((self.windows, 2, self.states), -1, dtype=np.int32)
        self.entry_slot = np.full((self.windows, 2, self.states), -1, dtype=np.int8)

    def solve(self) -> Ints:
        self.entry_value[0, 0] = 0.0
        matured = aged = 0
        for border in range(1, self.windows + 1):
            self.running = self.running + self.seconds[border - 1] * self.fit[border - 1]
            while matured < border and self._age(matured, border) >= self.costs.min_cue_s:
                self.young = self.young.joined(self._entries_at(matured))
                matured += 1
            while aged < matured and self._age(aged, border) >= self.costs.replay_gap_s:
                self._grow_old(self._entries_at(aged))
                aged += 1
            if border < self.windows:
                self._enter(border)
        return self._trace()

    def _age(self, start: int, border: int) -> float:
        # Sums of the same seconds in another order differ in the last bits; a length meant to be equal is enough.
        return float(self.times[border] - self.times[start]) + 1e-9

    def _entries_at(self, border: int) -> _Entries:
        slots = np.array([[0], [1]]) + np.zeros((2, self.states), dtype=np.int64)
        start = np.full((2, self.states), border)
        return _Entries(self.entry_value[border], self.entry_before[border].astype(np.int64), start, slots)

    def _grow_old(self, entries: _Entries) -> None:
        better = entries.value[0] > self.old.value[0]
        for mine, theirs in zip(self.old._arrays(), entries._arrays(), strict=True):
            mine[0, better] = theirs[0, better]

    def _enter(self, border: int) -> None:
        """Fill in the two best ways into each state at this border."""
        leave, source = self._leaving()
        np.fill_diagonal(leave, _NEVER)
        columns = np.arange(self.states)
        for slot in range(2):
            before = leave.argmax(axis=0)
            value = leave[before, columns]
            self.entry_value[border, slot] = value - self.switch_costs[border] - self.running
            self.entry_before[border, slot] = np.where(value > _NEVER, before, -1)
            chosen = source[before, columns]
            pools = (self.old.start[0], self.young.start[0], self.young.start[1])
            slots = (self.old.slot[0], self.young.slot[0], self.young.slot[1])
            self.entry_start[border, slot] = np.choose(chosen, [pool[before] for pool in pools])
            self.entry_slot[border, slot] = np.choose(chosen, [pool[before] for pool in slots])
            leave[before, columns] = _NEVER

    def _leaving(self) -> tuple[Floats, Ints]:
        """Return the value of leaving each state for each other, (K, K), and which of three pools it comes from."""
        options = np.stack([self.old.value[0], self.young.value[0], self.young.value[1]]) + self.running
        free = options[:2].argmax(axis=0)
        leave = np.repeat(options[free, np.arange(self.states)][:, None], self.states, axis=1)
        source = np.repeat(free[:, None], self.states, axis=1)
        rows = np.flatnonzero(self.young.before[0] >= 0)
        back = self.young.before[0, rows]
        options[1, rows] -= self.replay[back]
        penalised = options[:, rows].argmax(axis=0)
        leave[rows, back] = options[penalised, rows]
        source[rows, back] = penalised
        return leave, source

    def _trace(self) -> Ints:
        path = np.zeros(self.windows, dtype=np.int64)
        options = np.stack([self.old.value[0], self.young.value[0]]) + self.running
        if not np.isfinite(options.max()):
            path[:] = int(self.running.argmax())
            return path
        pool, state = divmod(int(options.argmax()), self.states)
        entries = (self.old, self.young)[pool]
        start, slot, end = int(entries.start[0, state]), int(entries.slot[0, state]), self.windows
        while True:
            path[start:end] = state
            if start == 0:
                return path
            at = (start, slot, state)
            end = start
            state, start, slot = (
                int(self.entry_before[at]),
                int(self.entry_start[at]),
                int(self.entry_slot[at]),
            )
