"""The hnswlib graph over the clips of an index (Malkov and Yashunin 2016), a cache that can be built again.

Its file is named after a hash of the vectors that it was built from, so that one that does not fit is never read.
"""

import hashlib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from scorer.files import whole_file
from scorer.progress import progress_bar

if TYPE_CHECKING:
    import hnswlib

LINKS: Final = 16  # a node, on each layer
EF_CONSTRUCTION: Final = 200
EFS: Final = (50, 100, 200, 400, 800, 1600, 3200)  # of which the least is taken that reaches
RECALL: Final = 0.99  # of the NEAREST that exact search finds, for passages of real books
NEAREST: Final = 10
QUERIES_FILE: Final = "queries.npy"
SEED: Final = 20
_QUERIES: Final = 32  # at a time: with a million clips 128 MB
_BLOCK: Final = 10_000  # clips between two looks at Ctrl-C


def graph_path(folder: Path, vectors: NDArray[np.float32]) -> Path:
    """Return where the graph over these vectors (n, d) is kept."""
    fingerprint = hashlib.sha256(np.ascontiguousarray(vectors, dtype="<f4").tobytes()).hexdigest()
    return folder / f"clips-{fingerprint[:16]}.hnsw"


def build_graph(folder: Path, vectors: NDArray[np.float32]) -> None:
    """Build the graph over these vectors (n, d), n > 0, unless it is there, and remove all others.

    One thread adds the vectors in their order, so that the same vectors always give the same graph.
    """
    import hnswlib

    path = graph_path(folder, vectors)
    if not path.is_file():
        count, dimensions = vectors.shape
        graph = hnswlib.Index(space="ip", dim=dimensions)
        graph.init_index(max_elements=count, M=LINKS, ef_construction=EF_CONSTRUCTION, random_seed=SEED)
        with progress_bar(count, "Linking clips", "clip") as bar:
            for start in range(0, count, _BLOCK):
                block = vectors[start : start + _BLOCK]
                graph.add_items(block, np.arange(start, start + len(block)), num_threads=1)
                bar.update(len(block))
        with whole_file(path) as part:
            graph.save_index(str(part))
    for other in folder.glob("clips-*.hnsw"):
        if other != path:
            other.unlink(missing_ok=True)


def real_queries() -> NDArray[np.float32]:
    """Return vectors (q, d) of passages of books: they lie elsewhere than clips, which a graph is built on."""
    with resources.as_file(resources.files("scorer.library") / QUERIES_FILE) as path:
        return np.asarray(np.load(path), np.float32)


def tune(graph: "hnswlib.Index", vectors: NDArray[np.float32], queries: NDArray[np.float32]) -> tuple[int, float]:
    """Return the least of EFS with a recall of RECALL at NEAREST for `queries` (q, d), or the greatest; and its recall.

    A clip that is as near as the last of the nearest counts as found.
    """
    count = min(NEAREST, len(vectors))
    last = np.concatenate(
        [
            np.partition(queries[first : first + _QUERIES] @ vectors.T, len(vectors) - count, axis=1)[:, -count]
            for first in range(0, len(queries), _QUERIES)
        ]
    )
    recall = 0.0
    for ef in EFS:
        graph.set_ef(max(ef, count))
        found = graph.knn_query(queries, k=count, num_threads=1)[0].astype(np.int64)
        products = np.einsum("qd,qkd->qk", queries, vectors[found])
        recall = float((products >= last[:, None] - 1e-6).mean())
        if recall >= RECALL:
            break
    return ef, recall


def load_graph(folder: Path, vectors: NDArray[np.float32]) -> "hnswlib.Index | None":
    """Return the graph over these vectors (n, d), or None where it has not been built or cannot be read."""
    import hnswlib

    path = graph_path(folder, vectors)
    graph = hnswlib.Index(space="ip", dim=vectors.shape[1])
    try:
        graph.load_index(str(path))
    except RuntimeError:
        return None
    return graph
