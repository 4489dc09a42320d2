"""Ways into states: the two best at each border, and the trail that they leave."""

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Way = tuple[float, int, int]  # the value of all before the border, the state that is left (-1: none), its entry


@dataclass(frozen=True, slots=True)
class Ways:
    """The two best ways into each state at a border, the better first, from different states.

    `gained` is F there, (K,). Nearly all states have the `usual` two in common; `others` has those of the rest, at most
    four. Entering a state by a way is an *entry*; 2 * border is its number by the better way, 2 * border + 1 by the
    second.
    """

    border: int
    gained: Floats
    usual: tuple[Way, Way]
    others: dict[int, tuple[Way, Way]]


class Trail:
    """Back-pointers: which state and entry each entry came from, in a hundred bytes a border."""

    def __init__(self, borders: int) -> None:
        self._places = array("q", bytes(8 * borders))
        self._numbers = array("i")

    def note(self, ways: Ways) -> None:
        """Remember where the ways of a border come from."""
        self._places[ways.border] = len(self._numbers)
        (_, *first), (_, *second) = ways.usual
        self._numbers.extend((len(ways.others), *first, *second))
        for state, ((_, *first), (_, *second)) in ways.others.items():
            self._numbers.extend((state, *first, *second))

    def before(self, state: int, entry: int) -> tuple[int, int]:
        """Return the state that was left for `state` by this entry, and the entry into that."""
        place = self._places[entry // 2]
        count, found = self._numbers[place], place + 1
        for other in range(place + 5, place + 5 + 5 * count, 5):
            if self._numbers[other] == state:
                found = other + 1
        found += 2 * (entry % 2)
        return self._numbers[found], self._numbers[found + 1]
