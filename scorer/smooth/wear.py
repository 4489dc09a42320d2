"""Wear: no track carries too much of a book while others would do nearly as well.

Goal: a listener who hears one piece for a third of a book tires of it. A share of the time is a sum over the whole
path, which the exact programme cannot see. So its path is *recast*: as long as a track is over the limit, the one of
its segments that loses least by it is given to another track that is not; borders stay where the programme put them,
no replay comes in, and no segment loses more than NEARLY of fit.

So it is with a least gap before a track comes again at all, after however many others: from the beginning to the end,
a segment whose track was heard too recently is given to the track that suits it best of those that were not and are
not locked too soon after, if it loses no more than YIELDS by it.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.smooth.costs import Costs
from scorer.smooth.lock import Ints, Lock, borders_of
from scorer.smooth.programme import smooth
from scorer.smooth.ways import Floats

NEARLY: Final = 0.05  # fit; what separates neighbours in a ranking of two hundred tracks is about a hundredth
YIELDS: Final = 0.25  # fit; what is pinned, or a leitmotif, loses more
FAIR_SHARES: Final = 3.0  # a small library's tracks may do this many times their even share
FAIR_S: Final = 240.0  # in a short story no track is worn after this many seconds


@dataclass(slots=True)
class _Casting:
    """Segments in order: their states (s,), whether locked (s,), lengths (s,), and mean fits with each track (s, K)."""

    states: Ints
    locked: NDArray[np.bool_]
    lengths: Floats
    fit: Floats
    costs: Costs
    limit: float  # seconds

    def used(self) -> Floats:
        """Return the seconds of each track (K,)."""
        tracks = self.fit.shape[1]
        seconds = np.bincount(self.states, weights=self.lengths, minlength=tracks + 1)
        return np.asarray(seconds[:tracks], dtype=np.float64)

    def best_move(self, track: int, used: Floats) -> tuple[float, int, int]:
        """Return (loss, segment, other track) of the least loss, or an infinite one where there is no move."""
        best = (np.inf, -1, -1)
        for i in np.flatnonzero((self.states == track) & ~self.locked).tolist():
            barred = used + self.lengths[i] > self.limit
            barred[[k for k in self.too_near(i) if k < len(barred)]] = True
            barred[track] = True
            loss = np.where(barred, np.inf, self.fit[i, track] - self.fit[i])
            k = int(loss.argmin())
            best = min(best, (float(loss[k]), i, k))
        return best

    def too_near(self, i: int) -> list[int]:
        """Return the states that a segment may not take: its neighbours', and theirs beyond where that is a replay."""
        near = []
        for step in (-1, 1):
            if 0 <= i + step < len(self.states):
                near.append(int(self.states[i + step]))
            if 0 <= i + 2 * step < len(self.states) and self.lengths[i + step] < self.costs.replay_gap_s:
                near.append(int(self.states[i + 2 * step]))
        return near


def smooth_fairly(
    fit: NDArray[np.floating],
    seconds: Floats,
    chapters: Ints,
    costs: Costs,
    most_share: float,
    locks: Sequence[Lock] = (),
    min_gap_s: float = 0.0,
) -> Ints:
    """Return the states (W,) as `smooth` does, with no track over `most_share` of the time where that can be had.

    The limit is never less than FAIR_SHARES / K for K tracks, nor than FAIR_S. Silence, the last state, has none, and
    what is locked stays. `min_gap_s` is the least time before a track comes again.
    """
    path, tracks = smooth(fit, seconds, chapters, costs, locks), fit.shape[1] - 1
    borders = borders_of(path, locks)
    spans = [slice(s, e) for s, e in itertools.pairwise(borders)]
    casting = _Casting(
        states=path[borders[:-1]],
        locked=np.isin(borders[:-1], [lock.first for lock in locks]),
        lengths=np.array([seconds[span].sum() for span in spans]),
        fit=np.stack([np.average(fit[span, :tracks], axis=0, weights=seconds[span]) for span in spans]),
        costs=costs,
        limit=max(max(most_share, FAIR_SHARES / max(1, tracks)) * float(seconds.sum()), FAIR_S),
    )
    _recast(casting)
    if min_gap_s > 0:
        _space(casting, min_gap_s)
    return np.repeat(casting.states, np.diff(borders))


def _recast(casting: _Casting) -> None:
    settled: set[int] = set()
    while True:
        used = casting.used()
        worn = [k for k in np.argsort(-used, kind="stable").tolist() if used[k] > casting.limit and k not in settled]
        if not worn:
            return
        loss, segment, other = casting.best_move(worn[0], used)
        if loss > NEARLY:
            settled.add(worn[0])
        else:
            casting.states[segment] = other


def _space(casting: _Casting, gap_s: float) -> None:
    tracks = casting.fit.shape[1]
    ends = np.cumsum(casting.lengths)
    starts = ends - casting.lengths
    heard = np.full(tracks, -np.inf)  # when each track was last heard
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        state = int(casting.states[i])
        if state < tracks and not casting.locked[i] and start - heard[state] < gap_s:
            soon = casting.states[(starts >= end) & (starts < end + gap_s) & casting.locked]
            barred = start - heard < gap_s
            barred[[k for k in (*casting.too_near(i), *soon.tolist()) if k < tracks]] = True
            other = int(np.where(barred, -np.inf, casting.fit[i]).argmax())
            if not barred[other] and casting.fit[i, state] - casting.fit[i, other] <= YIELDS:
                casting.states[i] = state = other
        if state < tracks:
            heard[state] = end
