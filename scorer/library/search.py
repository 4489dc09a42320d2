"""The clips nearest to vectors: exact where the library is small, through the graph else."""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import hnswlib

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
_QUERIES: Final = 64  # at a time; 64 x 1,000,000 scores take 256 MB


def search_exactly(vectors: FloatArray, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """Return the rows (q, k) of `vectors` (n, d) nearest to `queries` (q, d) and their inner products; k <= n.

    The best comes first; of equals, the lower row.
    """
    rows = np.empty((len(queries), k), dtype=np.int64)
    scores = np.empty((len(queries), k), dtype=np.float32)
    for start in range(0, len(queries), _QUERIES):
        block = queries[start : start + _QUERIES] @ vectors.T
        worst = np.partition(block, block.shape[1] - k, axis=1)[:, -k]
        for i, products in enumerate(block):
            rows[start + i], scores[start + i] = _best(np.flatnonzero(products >= worst[i]), products, k)
    return rows, scores


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


def _best(candidates: IntArray, products: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """Return the `k` best of ascending rows, and their products."""
    best = candidates[np.argsort(-products[candidates], kind="stable")[:k]]
    return best, products[best]
