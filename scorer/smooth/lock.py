"""Locks: cues that are settled before the programme runs, and the stretches of a book that they leave."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lock:
    """The windows from `first` up to `stop` are one cue with this state."""

    first: int
    stop: int
    state: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Windows from `first` up to `stop`: a locked cue of the state `locked`, or free for any number of cues."""

    first: int
    stop: int
    locked: int | None


def stretches(windows: int, locks: Sequence[Lock]) -> list[Stretch]:
    """Return the stretches that tile the windows. Raises `ValueError` where the locks are out of order or bounds."""
    made: list[Stretch] = []
    at = 0
    for lock in locks:
        if not at <= lock.first < lock.stop <= windows:
            raise ValueError(f"{lock} does not fit between window {at} and {windows}")
        if lock.first > at:
            made.append(Stretch(at, lock.first, None))
        made.append(Stretch(lock.first, lock.stop, lock.state))
        at = lock.stop
    return [*made, Stretch(at, windows, None)] if at < windows else made


def may_repeat(one: Stretch, other: Stretch, states: int) -> bool:
    """Whether neighbouring stretches may have the same state at their border, with K states to choose from.

    Those of locked cues may, and any where a free one could have no other.
    """
    return states <= 2 or (one.locked is not None and other.locked is not None)


def borders_of(path: Ints, locks: Sequence[Lock]) -> list[int]:
    """Return where the segments of a path (W,) begin, and W: at changes of state and at both ends of each lock."""
    changes = (np.flatnonzero(np.diff(path)) + 1).tolist()
    edges = [edge for lock in locks for edge in (lock.first, lock.stop)]
    return sorted({0, *changes, *edges, len(path)})
