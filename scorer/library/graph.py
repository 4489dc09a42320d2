"""The hnswlib graph over the clips of an index (Malkov and Yashunin 2016), a cache that can be built again.

Its file is named after a hash of the vectors that it was built from, so that one that does not fit is never read.
"""

import hashlib
import time
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from scorer.errors import LibraryError
from scorer.files import whole_file
from scorer.library.search import search_exactly, search_graph
from scorer.progress import progress_bar

if TYPE_CHECKING:
    import hnswlib

LINKS: Final = 16  # a node, on each layer
EF_CONSTRUCTION: Final = 100  # 200 takes twice as long and finds no more in our space
EFS: Final = (50, 100, 200, 400, 800, 1600, 3200)  # of which the least is taken that reaches
RECALL: Final = 0.99  # of the NEAREST that exact search finds, for passages of real books
NEAREST: Final = 10
QUERIES_FILE: Final = "queries.npy"
SEED: Final = 20
SAME: Final = 1e-6  # of an inner product; what differs by less is as near
_BLOCK: Final = 10_000  # clips between two looks at Ctrl-C


@dataclass(frozen=True, slots=True)
class Tuned:
    """How deep a graph is searched, its recall, and what a query took, in ms, when it was built: exactly, and by it.

    The times are for a person to read; nothing hangs on them, for they differ from run to run.
    """

    ef: int
    recall: float
    exact_ms: float
    graph_ms: float


def graph_path(folder: Path, vectors: NDArray[np.float32]) -> Path:
    """Return where the graph over these vectors (n, d) is kept."""
    fingerprint = hashlib.sha256(np.ascontiguousarray(vectors, dtype="<f4").data).hexdigest()
    return folder / f"clips-{fingerprint[:16]}.hnsw"


def prepare(folder: Path, vectors: NDArray[np.float32], queries: NDArray[np.float32]) -> Tuned:
    """Build the graph over these vectors (n, d), n > 0, unless it is there, and tune it to `queries` (q, d).

    All others are removed. Raises `LibraryError` where it cannot be kept.
    """
    graph = load_graph(folder, vectors)
    if graph is None:
        build_graph(folder, vectors)
        graph = load_graph(folder, vectors)
    if graph is None:  # hnswlib does not say that a disk is full
        drop_graphs(folder)
        raise LibraryError(f"{folder}: the graph of the clips could not be kept there; check that the disk is not full")
    drop_graphs(folder, but=graph_path(folder, vectors))
    return tune(graph, vectors, queries)


def drop_graphs(folder: Path, but: Path | None = None) -> None:
    """Remove graphs that no clips belong to any more, and what a run that was killed left of one."""
    for other in (*folder.glob("clips-*.hnsw"), *folder.glob(".clips-*.hnsw")):
        if other != but:
            other.unlink(missing_ok=True)


def build_graph(folder: Path, vectors: NDArray[np.float32]) -> None:
    """Build the graph over these vectors (n, d), n > 0.

    One thread adds the vectors in their order, so that the same vectors always give the same graph.
    """
    import hnswlib

    count, dimensions = vectors.shape
    graph = hnswlib.Index(space="ip", dim=dimensions)
    graph.init_index(max_elements=count, M=LINKS, ef_construction=EF_CONSTRUCTION, random_seed=SEED)
    with progress_bar(count, "Linking clips", "clip") as bar:
        for start in range(0, count, _BLOCK):
            block = vectors[start : start + _BLOCK]
            graph.add_items(block, np.arange(start, start + len(block)), num_threads=1)
            bar.update(len(block))
    with whole_file(graph_path(folder, vectors)) as part:
        graph.save_index(str(part))


def real_queries() -> NDArray[np.float32]:
    """Return vectors (q, d) of passages of books: they lie elsewhere than clips, which a graph is built on."""
    with resources.as_file(resources.files("scorer.library") / QUERIES_FILE) as path:
        return np.asarray(np.load(path), np.float32)


def tune(graph: "hnswlib.Index", vectors: NDArray[np.float32], queries: NDArray[np.float32]) -> Tuned:
    """Return the least of EFS with a recall of RECALL at NEAREST for `queries` (q, d), or the greatest.

    A clip that is as near as the last of the nearest counts as found.
    """
    count = min(NEAREST, len(vectors))
    begin = time.perf_counter()
    last = search_exactly(vectors, queries, count)[1][:, -1:]
    exactly_s = time.perf_counter() - begin
    for ef in EFS:
        begin = time.perf_counter()
        _, scores = search_graph(graph, ef, vectors, queries, count)
        took_s = time.perf_counter() - begin
        recall = float((scores >= last - SAME).mean())
        if recall >= RECALL:
            break
    return Tuned(ef, round(recall, 4), *(round(1000 * s / len(queries), 3) for s in (exactly_s, took_s)))


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
