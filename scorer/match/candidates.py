"""Which tracks of a library are worth the smoothing programme's while for a book."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.emotion import FloatArray
from scorer.errors import LibraryError
from scorer.library.index import Index

MOST_CANDIDATES: Final = 256  # tracks; time and memory of a large book's fits grow with them
TRACKS_A_WINDOW: Final = 24  # asked of the index a window
SHORTEST_BED_S: Final = 20.0  # what is shorter is a sound or a sting; looped, it wears thin at once


def candidate_tracks(vectors: FloatArray, index: Index, allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the positions, ascending, of the tracks that may score a book whose windows have `vectors` (W, d).

    What is no music, or not `allowed` (tracks,), never serves. Tracks shorter than SHORTEST_BED_S are passed over,
    unless all are. Up to MOST_CANDIDATES all others serve; of more, each window's are ranked by their nearest clip, and
    ranks are taken in turn, the first of all windows, the second of all, until there are enough. Raises `LibraryError`
    where no track is music, or none of those is allowed.
    """
    music = np.array([track.is_music for track in index.tracks])
    if not music.any():
        raise LibraryError("no music among the tracks of the index, only speech or sounds; index other folders")
    music &= allowed
    if not music.any():
        raise LibraryError("all music of the index is banned; lift a ban in scorer.yaml, or index other folders")
    usable = np.flatnonzero(music & (np.array([track.seconds for track in index.tracks]) >= SHORTEST_BED_S))
    if not len(usable):
        usable = np.flatnonzero(music)
    if len(usable) <= MOST_CANDIDATES:
        return usable
    serve = np.zeros(len(index.tracks), np.bool_)
    serve[usable] = True
    ranked = index.search_tracks(vectors, TRACKS_A_WINDOW, serve)
    chosen: dict[int, None] = {}
    for rank in range(max(map(len, ranked))):
        for tracks in ranked:
            if rank < len(tracks):
                chosen.setdefault(int(tracks[rank]))
            if len(chosen) == MOST_CANDIDATES:
                return np.sort(np.array(list(chosen), dtype=np.int64))
    return np.sort(np.array(list(chosen), dtype=np.int64))
