"""The pool: of all entries into each state that may be left, the few that can matter.

Values are kept without what the state itself gains, E - F in the programme's text, so that at any later border they
need only F there. Leaving a state for another costs the replay price only where the entry came from that other, so the
best entry and the best from another state do; and of those older than the replay gap, the best alone.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.smooth.costs import OVERLONG
from scorer.smooth.ways import Floats, Way, Ways

NEVER: Final = -np.inf
_ORIGIN: Final = np.dtype([("before", np.int32), ("entry", np.int32)])


class _Entries:
    """An entry into each of K states: its value, the state before and its number; all (K,)."""

    def __init__(self, states: int) -> None:
        self.value = np.full(states, NEVER)
        self._origin = np.full(states, -1, np.int64)  # both of the following, to move them at once
        self.before, self.entry = (self._origin.view(_ORIGIN)[name] for name in ("before", "entry"))

    def take(self, which: NDArray[np.bool_], other: "_Entries") -> None:
        """Take over the entries of `other` into these states, (K,)."""
        np.putmask(self.value, which, other.value)
        np.putmask(self._origin, which, other._origin)

    def fill(self, ways: Ways, rank: int, price: float = 0.0) -> None:
        """Become the entries by the better ways (rank 0) or the second (1), at a price."""
        value, before, _ = ways.usual[rank]
        np.subtract(value - price, ways.gained, out=self.value)
        self.before.fill(before)
        self.entry.fill(2 * ways.border + rank)
        for state, way in ways.others.items():
            value, before, _ = way[rank]
            self.value[state] = value - price - ways.gained.item(state)
            self.before[state] = before


class Pool:
    """The entries that may be left, of K states of which the last, silence, has no replays; all arrays (K,)."""

    def __init__(self, states: int, replay: float) -> None:
        self._replay, self._silence = replay, states - 1
        self._best, self._other, self._old, self._overlong = (_Entries(states) for _ in range(4))
        self._new, self._next = (_Entries(states) for _ in range(2))
        self._by_old, self._by_best, self._by_other, self._free, self._dear, self._worth = np.empty((6, states))
        self._mask, self._same, self._better, self._none = np.zeros((4, states), np.bool_)

    def ripen(self, ways: Ways) -> None:
        """Take in the entries of a border; on a tie those that were there stay."""
        best, other, new, following = self._best, self._other, self._new, self._next
        new.fill(ways, 0)
        following.fill(ways, 1)
        better = np.greater(new.value, best.value, out=self._better)
        same = np.equal(new.before, best.before, out=self._same)
        # whichever loses the first place competes for the second, if it comes from elsewhere than the winner
        other.take(np.greater(better, same, out=self._mask), best)
        neither = np.logical_not(np.logical_or(better, same, out=self._mask), out=self._mask)
        following.take(neither, new)
        other.take(np.greater(following.value, other.value, out=self._mask), following)
        best.take(better, new)

    def age(self, ways: Ways) -> None:
        """Take in the entries of a border that have grown older than the replay gap."""
        self._new.fill(ways, 0)
        self._old.take(np.greater(self._new.value, self._old.value, out=self._mask), self._new)

    def outlast(self, ways: Ways) -> None:
        """Take in the entries of a border that are too old for a cue: they cost OVERLONG, but no replay price."""
        self._new.fill(ways, 0, OVERLONG)
        self._overlong.take(np.greater(self._new.value, self._overlong.value, out=self._mask), self._new)

    def forget(self) -> None:
        """Forget all entries but those that are too old."""
        self._best.value.fill(NEVER)
        self._other.value.fill(NEVER)
        self._old.take(np.ones_like(self._mask), self._overlong)

    def keep(self, state: int) -> None:
        """Forget the entries into all other states."""
        for entries in (self._best, self._other, self._old):
            value = entries.value.item(state)
            entries.value.fill(NEVER)
            entries.value[state] = value

    def ways(self, border: int, gained: Floats, price: float, *, stay: bool = False) -> Ways:
        """Return the two best ways into each state at a border up to which F is `gained`; a switch costs `price`.

        The two best states to leave are so for all others but four: themselves, as none is left for itself unless one
        may `stay`, and the two that those were entered from, for which leaving them would be a replay.
        """
        self._weigh(gained)
        usual = self._two_of(self._free, self._none, price)
        four = [state for _, state, _ in usual]
        four += [self._best.before.item(state) for state in four if state >= 0]
        others = {state: self._into(state, price, stay) for state in dict.fromkeys(four) if state >= 0}
        return Ways(border, gained, usual, others)

    def _weigh(self, gained: Floats) -> None:
        """Find what leaving each state is worth, free of the replay price and with it."""
        np.add(self._old.value, gained, out=self._by_old)
        np.add(self._best.value, gained, out=self._by_best)
        np.add(self._other.value, gained, out=self._by_other)
        np.maximum(self._by_old, self._by_best, out=self._free)
        np.subtract(self._by_best, self._replay, out=self._dear)
        np.maximum(self._dear, self._by_old, out=self._dear)
        np.maximum(self._dear, self._by_other, out=self._dear)

    def _into(self, state: int, price: float, stay: bool) -> tuple[Way, Way]:
        """Return the two best ways into a state, with all others looked at."""
        np.copyto(self._worth, self._free)
        replays = np.equal(self._best.before, state, out=self._mask)
        if state == self._silence:
            replays.fill(False)
        np.putmask(self._worth, replays, self._dear)
        if not stay:
            self._worth[state] = NEVER
        return self._two_of(self._worth, replays, price)

    def _two_of(self, worth: Floats, replays: NDArray[np.bool_], price: float) -> tuple[Way, Way]:
        """Return the ways out of the two states of the greatest worth, the lower first on a tie."""
        first = int(worth.argmax())
        value = worth.item(first)
        worth[first] = NEVER
        second = int(worth.argmax())
        other_value = worth.item(second)
        worth[first] = value
        return (
            (value - price, first if value > NEVER else -1, self._entry(first, value, replays)),
            (other_value - price, second if other_value > NEVER else -1, self._entry(second, other_value, replays)),
        )

    def _entry(self, state: int, value: float, replays: NDArray[np.bool_]) -> int:
        """Return which entry of a state makes leaving it worth `value`; on a tie the oldest."""
        entries = self._best
        if self._by_old.item(state) == value:
            entries = self._old
        elif replays.item(state) and self._by_best.item(state) - self._replay != value:
            entries = self._other
        return int(entries.entry.item(state))

    def last(self, gained: Floats) -> tuple[int, int]:
        """Return the best state to end with and its entry; on a tie the oldest."""
        worth = np.concatenate([self._old.value, self._best.value]) + np.tile(gained, 2)
        best = int(worth.argmax())
        entries, state = (self._old, self._best)[best >= len(gained)], best % len(gained)
        return state, entries.entry.item(state)
