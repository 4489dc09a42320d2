"""How well and how fast a large index is searched: python benchmarks/search.py --clips 10000 --clips 100000.

Clips are vectors in clusters; queries are those of passages of real books, which lie elsewhere. Rows of the table: the
index itself, as written to its folder, built, opened and asked for the ten nearest clips; exact search by numpy; and,
where `pip install faiss-cpu` has been run, faiss' flat search and its HNSW with the same links. Recall counts a clip
that is as near as the tenth. Memory is the peak of a process of its own.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from scorer.emotion import DIMENSIONS, MOODS
from scorer.library.database import to_write, transaction
from scorer.library.graph import EF_CONSTRUCTION, LINKS, NEAREST, build_graph, load_graph, real_queries, tune
from scorer.library.index import Index
from scorer.library.ledger import Ledger

CLIPS_A_TRACK, CLUSTERS, QUERIES = 10, 400, 2000


def clips(count: int) -> np.ndarray:
    """Return unit vectors (count, DIMENSIONS) in clusters, tracks' clips side by side."""
    draw = np.random.default_rng(0)
    centres = draw.dirichlet(np.full(DIMENSIONS, 0.3), CLUSTERS) - 1 / DIMENSIONS
    track = np.repeat(draw.integers(0, CLUSTERS, -(-count // CLIPS_A_TRACK)), CLIPS_A_TRACK)[:count]
    vectors = centres[track] + 0.15 * draw.normal(size=(count, DIMENSIONS))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def queries() -> np.ndarray:
    real = real_queries()
    drawn = np.random.default_rng(1).integers(0, len(real), (QUERIES, 2))
    mixed = real[drawn[:, 0]] + 0.3 * real[drawn[:, 1]]
    return (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)


def write(folder: Path, vectors: np.ndarray) -> None:
    """Write an index's database of these clips."""
    zeros = np.zeros(len(MOODS), "<f4").tobytes()
    with to_write(folder) as connection:
        Ledger(connection).begin(model="bench", digest="bench", dimensions=DIMENSIONS)
        with transaction(connection):
            for number in range(0, len(vectors), CLIPS_A_TRACK):
                track = number // CLIPS_A_TRACK
                columns = (f"/{track:07d}.mp3", 1, 1, str(track), "bench", 30, "", "", "", "", 100.0, 0.5, 0.5, 1.0)
                connection.execute(
                    "INSERT INTO tracks (path, size, mtime_ns, content, digest, clip_limit, title, artist, album, "
                    f"licence, seconds, valence, arousal, music, {', '.join(MOODS)}) VALUES ({', '.join('?' * 21)})",
                    (*columns, *[1 / 7] * 7),
                )
                rows = [
                    (track + 1, i, 10.0 * i, vectors[number + i].tobytes(), zeros, 0.5, 0.5)
                    for i in range(min(CLIPS_A_TRACK, len(vectors) - number))
                ]
                connection.executemany("INSERT INTO clips VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        Ledger(connection).finish()


def apart(work: Callable[..., dict[str, float]], *arguments: object) -> dict[str, float]:
    """Run in a process of its own; add its peak memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measured, work, *arguments).result()


def measured(work: Callable[..., dict[str, float]], *arguments: object) -> dict[str, float]:
    found = work(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return {**found, "peak MB": peak}


def built(folder: Path, count: int) -> dict[str, float]:
    vectors = clips(count)
    write(folder, vectors)
    began = time.perf_counter()
    build_graph(folder, vectors)
    graph = load_graph(folder, vectors)
    assert graph is not None
    ef, recall = tune(graph, vectors, real_queries())
    with to_write(folder) as connection:
        Ledger(connection).note(ef=ef, recall=recall)
    return {"build s": time.perf_counter() - began, "ef": ef}


def asked(folder: Path) -> dict[str, float]:
    began = time.perf_counter()
    index = Index.open(folder, model_digest="bench")
    opened = time.perf_counter()
    rows, _ = index.search(queries(), NEAREST)
    took = time.perf_counter() - opened
    return {"load s": opened - began, "2000 queries s": took, "recall": recall_of(index.clip_vectors, rows)}


def by_numpy(count: int) -> dict[str, float]:
    from scorer.library.search import search_exactly

    vectors, asked_for = clips(count), queries()
    began = time.perf_counter()
    rows, _ = search_exactly(vectors, asked_for, NEAREST)
    return {"2000 queries s": time.perf_counter() - began, "recall": recall_of(vectors, rows)}


def by_faiss(count: int, flat: bool, ef: int) -> dict[str, float]:
    import faiss

    vectors, asked_for = clips(count), queries()
    began = time.perf_counter()
    if flat:
        index = faiss.IndexFlatIP(DIMENSIONS)
    else:
        index = faiss.IndexHNSWFlat(DIMENSIONS, LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = EF_CONSTRUCTION, ef
    index.add(vectors)
    made = time.perf_counter()
    _, rows = index.search(asked_for, NEAREST)
    took = time.perf_counter() - made
    return {"build s": made - began, "2000 queries s": took, "recall": recall_of(vectors, rows)}


def recall_of(vectors: np.ndarray, rows: np.ndarray) -> float:
    """Return the share of `rows` (q, NEAREST) that are as near as the tenth nearest."""
    hits = []
    for first in range(0, QUERIES, 50):
        products = queries()[first : first + 50] @ vectors.T
        last = np.partition(products, len(vectors) - NEAREST, axis=1)[:, -NEAREST]
        near = np.take_along_axis(products, rows[first : first + 50], axis=1) >= last[:, None] - 1e-6
        hits.append(near.mean())
    return float(np.mean(hits))


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, action="append")
    for count in parser.parse_args().clips or [10_000, 100_000]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            made = apart(built, folder, count)
            show(count, "scorer, building", made)
            show(count, "scorer, asking", apart(asked, folder))
        show(count, "numpy, exact", apart(by_numpy, count))
        try:
            import faiss  # noqa: F401
        except ImportError:
            continue
        show(count, "faiss, flat", apart(by_faiss, count, True, 0))
        show(count, "faiss, HNSW", apart(by_faiss, count, False, int(made["ef"])))


def show(count: int, what: str, figures: dict[str, float]) -> None:
    cells = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
    print(f"{count:>9,}  {what:<18} {cells}", flush=True)


if __name__ == "__main__":
    main()
