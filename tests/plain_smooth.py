"""The smoothing programme as one would write it first: each border compares every state with every other.

It takes the square of the states in time and holds all its back-pointers; `scorer.smooth` must find the same path.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scorer.smooth import Costs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER = -np.inf


def smooth_plainly(fit: NDArray[np.floating], seconds: Floats, chapters: Ints, costs: Costs) -> Ints:
    return PlainProgramme(fit, seconds, costs.of_switches(chapters), costs).solve()


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
        return cls(np.full((2, states), NEVER), nowhere.copy(), nowhere.copy(), nowhere.copy())

    def pick(self, index: Ints) -> "_Entries":
        """Return rows `index` (2, K) of stacked entries."""
        value, *rest = (np.take_along_axis(array, index, axis=0) for array in self._arrays())
        return _Entries(value.astype(np.float64), *(array.astype(np.int64) for array in rest))

    def joined(self, other: "_Entries") -> "_Entries":
        """Return the best two, with different states before, of these and `other`; on a tie these."""
        stack = _Entries(*(np.concatenate(pair) for pair in zip(self._arrays(), other._arrays(), strict=True)))
        first = stack.value.argmax(axis=0)[None]
        same = stack.before == np.take_along_axis(stack.before, first, axis=0)
        second = np.where(same, NEVER, stack.value).argmax(axis=0)[None]
        best = stack.pick(np.concatenate([first, second]))
        best.value[1, np.take_along_axis(same, second, axis=0)[0]] = NEVER
        return best

    def _arrays(self) -> tuple[Floats, Ints, Ints, Ints]:
        return self.value, self.before, self.start, self.slot


class PlainProgramme:
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
        self.entry_value = np.full((self.windows, 2, self.states), NEVER)
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
        np.fill_diagonal(leave, NEVER)
        columns = np.arange(self.states)
        for slot in range(2):
            before = leave.argmax(axis=0)
            value = leave[before, columns]
            self.entry_value[border, slot] = value - self.switch_costs[border] - self.running
            self.entry_before[border, slot] = np.where(value > NEVER, before, -1)
            chosen = source[before, columns]
            pools = (self.old.start[0], self.young.start[0], self.young.start[1])
            slots = (self.old.slot[0], self.young.slot[0], self.young.slot[1])
            self.entry_start[border, slot] = np.choose(chosen, [pool[before] for pool in pools])
            self.entry_slot[border, slot] = np.choose(chosen, [pool[before] for pool in slots])
            leave[before, columns] = NEVER

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
