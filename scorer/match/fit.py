"""How well tracks, and silence, go with windows.

Goal: a matrix that the smoothing programme can trade against switches.

A track is heard for minutes, so it is judged by its better half, not by one lucky clip: its fit with a window is
the mean inner product of the window's vector with the BEST_SHARE of the track's clips that suit it most. Where one
track lies close to everything (a *hub*: Radovanovic et al., JMLR 2010), it would be played throughout; from each
track's fit HUB_WEIGHT times its mean over the book's windows, less the mean over all tracks, is taken off, after
the centring of Suzuki et al. (EMNLP 2013).

Silence is a point of the same space: neutral for certain. Its fit is then shifted as a whole, so that the asked share
of the book's time would prefer it to any track before smoothing; so the wish does not depend on how outspoken a book
or a library is.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.emotion import MOODS, FloatArray, passage_vector
from scorer.library.index import Index
from scorer.match.candidates import candidate_tracks
from scorer.match.wanted import Wanted

BEST_SHARE: Final = 0.5
HUB_WEIGHT: Final = 0.5
NEVER: Final = -1e3  # of fit: what lies this much below the rest is not chosen while there is anything else


@dataclass(frozen=True, slots=True)
class Fit:
    """The fit of W windows with K candidate tracks.

    tracks: (K,) positions in the index's `tracks`; similarity: (W, K) inner products before the centring, what cues
    report; states: (W, K + 1) what the smoothing programme reads, silence last; offered: (K,) whether a track is for
    any passage, and not just for those that ask for it.
    """

    tracks: NDArray[np.int64]
    similarity: FloatArray
    states: FloatArray
    offered: NDArray[np.bool_]


def match(
    vectors: FloatArray, seconds: NDArray[np.float64], index: Index, silence: float, wanted: Wanted | None = None
) -> Fit:
    """Return the fit of windows, (W, d) unit vectors that last `seconds` (W,), with the candidates of a library.

    `silence` in [0, 1] is the share of the time that should prefer silence before smoothing; at 0 it is never
    chosen. What is `wanted` and not allowed is among the tracks, but not offered.
    """
    wanted = wanted or Wanted.anything(len(index.tracks))
    serving = candidate_tracks(vectors, index, wanted.allowed)
    tracks = np.union1d(serving, np.array(wanted.needed, np.int64))
    offered = np.isin(tracks, serving)
    similarity = np.stack([track_fit(vectors, index, int(track)) for track in tracks], axis=1)
    popularity = np.average(similarity, axis=0, weights=seconds)
    centred = similarity - HUB_WEIGHT * (popularity - popularity.mean()) + wanted.liking[tracks]
    quiet = _silence_fit(vectors, centred[:, offered].max(axis=1), seconds, silence)
    centred[:, ~offered] += 2 * NEVER
    return Fit(tracks, similarity, np.concatenate([centred, quiet[:, None]], axis=1).astype(np.float32), offered)


def track_fit(vectors: FloatArray, index: Index, track: int) -> FloatArray:
    """Return the similarity (W,) of windows, (W, d), with a track, by its position in the index's `tracks`."""
    clips = vectors @ index.clip_vectors[index.clip_tracks == track].T
    best = math.ceil(clips.shape[1] * BEST_SHARE)
    top = np.partition(clips, clips.shape[1] - best, axis=1)[:, -best:]
    mean: FloatArray = top.mean(axis=1)
    return mean


def silence_similarity(vectors: FloatArray) -> FloatArray:
    """Return the similarity (W,) of windows, (W, d), with a passage that feels like nothing."""
    nothing = passage_vector(np.zeros((1, len(MOODS)), np.float32), np.full((1, 2), 0.5, np.float32))
    return np.asarray((vectors @ nothing.T)[:, 0], np.float32)


def _silence_fit(
    vectors: FloatArray, best: FloatArray, seconds: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    raw = silence_similarity(vectors).astype(np.float64)
    if share <= 0:
        return np.full(len(raw), float(best.min()) + NEVER)
    behind = best - raw
    order = np.argsort(behind, kind="stable")
    reached = np.searchsorted(np.cumsum(seconds[order]), share * seconds.sum())
    return raw + float(behind[order[min(int(reached), len(order) - 1)]])
