"""An index, open for searching."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from scorer.errors import LibraryError
from scorer.library.catalogue import clips_of, tracks_of
from scorer.library.database import meta_of, to_read
from scorer.library.graph import EFS, load_graph
from scorer.library.search import search_exactly, search_graph, tracks_exactly
from scorer.library.track import Track

if TYPE_CHECKING:
    import hnswlib

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
EXACT_LIMIT: Final = 50_000  # clips; below it exact search takes less than a millisecond a query
CLIPS_A_TRACK: Final = 4  # asked of the graph for each track that is wanted


@dataclass(frozen=True, slots=True)
class Index:
    """The clips of a library and how to find them. Rows are clips, track by track.

    `clip_vectors` float32 (n, d), unit rows; `clip_tracks` (n,), positions in `tracks`; `clip_starts` (n,), seconds
    into the track. `complete` is false where the run that filled the index was stopped before its end.
    """

    tracks: list[Track]
    clip_vectors: FloatArray
    clip_tracks: IntArray
    clip_starts: NDArray[np.float64]
    complete: bool = True
    _graph: "hnswlib.Index | None" = field(default=None, repr=False)
    _ef: int = EFS[-1]

    @classmethod
    def open(cls, folder: Path, *, model_digest: str) -> "Index":
        """Read the index in `folder` as the last finished track left it.

        `model_digest` is that of the music encoder whose space the queries are in. Raises `LibraryError` where there
        is no index, it has no tracks, or another model made it.
        """
        with to_read(folder) as connection:
            meta = meta_of(connection)
            if meta.get("digest", model_digest) != model_digest:
                raise LibraryError(f"{folder}: made by another model; run `scorer index PATH...` again")
            tracks = tracks_of(connection)
            clips = clips_of(connection, model_digest)
        if not len(clips.vectors):
            raise LibraryError(f"{folder}: no track in the index; run `scorer index PATH...` on a folder with music")
        embedded = set(np.unique(clips.track_ids).tolist())
        tracks = [track for track in tracks if track.id in embedded]  # in the order of their clips
        return cls(
            tracks=tracks,
            clip_vectors=clips.vectors,
            clip_tracks=np.cumsum(np.diff(clips.track_ids, prepend=clips.track_ids[0]) != 0),
            clip_starts=clips.starts,
            complete=bool(meta.get("complete")),
            _graph=load_graph(folder, clips.vectors) if len(clips.vectors) > EXACT_LIMIT else None,
            _ef=int(meta.get("ef") or EFS[-1]),
        )

    def search(self, vectors: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Return the rows (q, k) of the clips nearest to `vectors` (q, d), the nearest first, and their inner products.

        Where the library has fewer than `k` clips, k is their number. Of equals the lower row comes first. Exact up
        to EXACT_LIMIT clips or while there is no graph.
        """
        k = min(k, len(self.clip_vectors))
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        if self._graph is None:
            return search_exactly(self.clip_vectors, queries, k)
        return search_graph(self._graph, self._ef, self.clip_vectors, queries, k)

    def search_tracks(self, vectors: FloatArray, k: int, allowed: NDArray[np.bool_]) -> list[IntArray]:
        """Return for each of `vectors` (q, d) the positions of the `k` tracks with the nearest clips, nearest first.

        Only tracks for which `allowed` (tracks,) holds count; fewer are returned only where there are no more. Where
        the graph's nearest clips are of too few of them, every clip of those that are allowed is looked at.
        """
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        k = min(k, int(allowed.sum()))
        if self._graph is None or not 0 < CLIPS_A_TRACK * k < len(self.clip_vectors):
            return tracks_exactly(self.clip_vectors, self.clip_tracks, queries, k, allowed)
        rows, _ = self.search(queries, CLIPS_A_TRACK * k)
        found = [self._distinct(clips, allowed)[:k] for clips in rows]
        few = [number for number, tracks in enumerate(found) if len(tracks) < k]
        exact = tracks_exactly(self.clip_vectors, self.clip_tracks, queries[few], k, allowed)
        for number, tracks in zip(few, exact, strict=True):
            found[number] = tracks
        return found

    def _distinct(self, clips: IntArray, allowed: NDArray[np.bool_]) -> IntArray:
        """Return the allowed tracks of clips, each where it comes first."""
        tracks = self.clip_tracks[clips]
        tracks = tracks[allowed[tracks]]
        _, first = np.unique(tracks, return_index=True)
        return tracks[np.sort(first)]
