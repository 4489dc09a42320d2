"""Which tracks of a library are worth the smoothing programme's while for a book."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.emotion import FloatArray
from scorer.library import Index

MOST_CANDIDATES: Final = 256  # tracks; the programme's time grows with the square
CLIPS_A_WINDOW: Final = 200  # clips asked of the index a window; a track has some ten


def candidate_tracks(vectors: FloatArray, index: Index) -> NDArray[np.int64]:
    """Return the positions, ascending, of the tracks that may score a book: all of a small library.

    Of a larger one each window's tracks are ranked by their nearest clip, and ranks are taken in turn, the first of
    all windows, the second of all, until MOST_CANDIDATES are found.
    """
    if len(index.tracks) <= MOST_CANDIDATES:
        return np.arange(len(index.tracks))
    rows, _ = index.search(vectors, CLIPS_A_WINDOW)
    ranked = [_distinct(index.clip_tracks[found]) for found in rows]
    chosen: dict[int, None] = {}
    for rank in range(max(map(len, ranked))):
        for tracks in ranked:
            if rank < len(tracks):
                chosen.setdefault(int(tracks[rank]))
            if len(chosen) == MOST_CANDIDATES:
                return np.sort(np.array(list(chosen), dtype=np.int64))
    return np.sort(np.array(list(chosen), dtype=np.int64))


def _distinct(tracks: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first = np.unique(tracks, return_index=True)
    return tracks[np.sort(first)]
