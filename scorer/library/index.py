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
from scorer.library.search import search_exactly, search_graph
from scorer.library.track import Track

if TYPE_CHECKING:
    import hnswlib

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
EXACT_LIMIT: Final = 50_000  # clips; below it exact search takes less than a millisecond a query


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
        embedded = set(clips.track_ids.tolist())
        tracks = [track for track in tracks if track.id in embedded]
        position = {track.id: number for number, track in enumerate(tracks)}
        return cls(
            tracks=tracks,
            clip_vectors=clips.vectors,
            clip_tracks=np.array([position[track_id] for track_id in clips.track_ids.tolist()], dtype=np.int64),
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

        Only tracks for which `allowed` (tracks,) holds count; fewer are returned only where there are no more.
        """
        k = min(k, int(allowed.sum()))
        found: list[IntArray] = [np.empty(0, np.int64)] * len(vectors)
        open_rows, clips = np.arange(len(vectors)), 4 * k
        while len(open_rows) and k:
            rows, _ = self.search(vectors[open_rows], clips)
            left = []
            for query, clip_rows in zip(open_rows.tolist(), rows, strict=True):
                tracks = self.clip_tracks[clip_rows]
                tracks = tracks[allowed[tracks]]
                _, first = np.unique(tracks, return_index=True)
                found[query] = tracks[np.sort(first)][:k]
                if len(found[query]) < k:
                    left.append(query)
            # one that had every clip to choose from has all there is
            open_rows = np.array(left if clips < len(self.clip_vectors) else [], np.int64)
            clips *= 4
        return found
