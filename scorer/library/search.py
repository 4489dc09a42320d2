"""The clips nearest to vectors: exact where the library is small, through the graph else."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import hnswlib

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
_QUERIES: Final = 64  # at a time, or fewer,
_SCORES: Final = 1 << 25  # so that their inner products take 128 MB at most


def search_exactly(vectors: FloatArray, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """Return the rows (q, k) of `vectors` (n, d) nearest to `queries` (q, d) and their inner products; k <= n.

    The best comes first; of equals, the lower row.
    """
    rows = np.empty((len(queries), k), dtype=np.int64)
    scores = np.empty((len(queries), k), dtype=np.float32)
    for start, block in _products(vectors, queries):
        worst = np.partition(block, block.shape[1] - k, axis=1)[:, -k]
        for i, products in enumerate(block):
            rows[start + i], scores[start + i] = _best(np.flatnonzero(products >= worst[i]), products, k)
    return rows, scores


def tracks_exactly(
    vectors: FloatArray, tracks: IntArray, queries: FloatArray, k: int, allowed: NDArray[np.bool_]
) -> list[IntArray]:
    """Return for each of `queries` (q, d) the `k` tracks with the nearest clips, nearest first, or all there are.

    `vectors` (n, d) are clips track by track, `tracks` (n,) whose each is. Only tracks for which `allowed` (tracks,)
    holds count; of equals, the lower comes first.
    """
    clips = np.flatnonzero(allowed[tracks])
    if not len(clips):
        return [np.empty(0, np.int64)] * len(queries)
    numbers, first = np.unique(tracks[clips], return_index=True)
    found = []
    for _, block in _products(vectors if len(clips) == len(vectors) else vectors[clips], queries):
        nearest = np.maximum.reduceat(block, first, axis=1)
        found += [numbers[np.argsort(-row, kind="stable")[:k]] for row in nearest]
    return found


def search_graph(
    graph: "hnswlib.Index", ef: int, vectors: FloatArray, queries: FloatArray, k: int
) -> tuple[IntArray, FloatArray]:
    """Return what `search_exactly` would, but for the few that the graph misses."""
    graph.set_ef(min(max(ef, 2 * k), len(vectors)))  # hnswlib does not save it
    try:
        found = graph.knn_query(queries, k=k)[0].astype(np.int64)
    except RuntimeError:  # it raises where it reaches fewer than k
        return search_exactly(vectors, queries, k)
    rows, scores = np.empty_like(found), np.empty(found.shape, dtype=np.float32)
    for i, candidates in enumerate(found):
        candidates.sort()
        products = vectors[candidates] @ queries[i]
        order, scores[i] = _best(np.arange(k), products, k)
        rows[i] = candidates[order]
    return rows, scores


def _products(vectors: FloatArray, queries: FloatArray) -> Iterator[tuple[int, FloatArray]]:
    """Yield the number of the first of some queries, and their inner products (some, n)."""
    step = max(1, min(_QUERIES, _SCORES // max(1, len(vectors))))
    for start in range(0, len(queries), step):
        yield start, queries[start : start + step] @ vectors.T


def _best(candidates: IntArray, products: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """Return the `k` best of ascending rows, and their products."""
    best = candidates[np.argsort(-products[candidates], kind="stable")[:k]]
    return best, products[best]
