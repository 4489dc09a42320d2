"""How well and how fast a large index is searched: python benchmarks/search.py --clips 10000 --clips 1000000.

Clips are vectors in clusters; queries are those of passages of real books, which lie elsewhere. With `--dimensions`
above those of the emotion space, the clusters' centres and the queries are turned into the larger space, which the
spread of the clips fills evenly, so that no query lies among clips: harder than any emotion space of ours.

Rows of the table: exact search by numpy; an index as `scorer index` leaves it, with its graph (a small one does
without), built, opened and asked for the ten nearest clips; and, where `pip install faiss-cpu` has been run, its flat
search and HNSW with the same links and depth. Recall counts a clip that is as near as the tenth. Seconds are of the
processor, on one core; "wall" is what a clock on the wall said meanwhile. Memory is the peak of a process of its own.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
from apart import apart, peak_mb

from scorer.emotion import DIMENSIONS, MOODS
from scorer.library.catalogue import clips_of
from scorer.library.database import to_write, transaction
from scorer.library.graph import EF_CONSTRUCTION, LINKS, NEAREST, SAME, prepare, real_queries
from scorer.library.index import Index
from scorer.library.ledger import Ledger

CLIPS_A_TRACK, CLUSTERS, QUERIES, SPREAD = 10, 400, 2000, 0.15
BLOCK = 20_000  # clips made at a time

Found = tuple[dict[str, float], np.ndarray | None]  # figures, and the scores of the nearest


def turned(vectors: np.ndarray, dimensions: int) -> np.ndarray:
    """Return vectors of the emotion space (n, DIMENSIONS) in a larger one, their products unchanged."""
    if dimensions == DIMENSIONS:
        return vectors
    return vectors @ np.linalg.qr(np.random.default_rng(2).normal(size=(dimensions, dimensions)))[0][:DIMENSIONS]


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def blocks(count: int, dimensions: int) -> Iterator[np.ndarray]:
    """Yield unit vectors (some, dimensions) in clusters, tracks' clips side by side, `count` in all."""
    draw = np.random.default_rng(0)
    centres = turned(draw.dirichlet(np.full(DIMENSIONS, 0.3), CLUSTERS) - 1 / DIMENSIONS, dimensions)
    spread = SPREAD * (DIMENSIONS / dimensions) ** 0.5
    for start in range(0, count, BLOCK):
        some = min(BLOCK, count - start)
        track = np.repeat(draw.integers(0, CLUSTERS, -(-some // CLIPS_A_TRACK)), CLIPS_A_TRACK)[:some]
        yield unit(centres[track] + spread * draw.normal(size=(some, dimensions)))


def clips(count: int, dimensions: int) -> np.ndarray:
    vectors = np.empty((count, dimensions), np.float32)
    for number, block in enumerate(blocks(count, dimensions)):
        vectors[number * BLOCK : number * BLOCK + len(block)] = block
    return vectors


def queries(dimensions: int) -> np.ndarray:
    real = real_queries()
    drawn = np.random.default_rng(1).integers(0, len(real), (QUERIES, 2))
    return unit(turned(real[drawn[:, 0]] + 0.3 * real[drawn[:, 1]], dimensions))


COLUMNS = (
    *("path", "size", "mtime_ns", "content", "digest", "clip_limit", "title", "artist", "album", "licence"),
    *("seconds", "valence", "arousal", "music", *MOODS),
)
INSERT_TRACK = f"""
    INSERT INTO tracks ({", ".join(COLUMNS)}) VALUES ({", ".join("?" * len(COLUMNS))})
"""


def written(folder: Path, count: int, dimensions: int) -> Found:
    """Write an index's database of these clips."""
    track, zeros = 0, np.zeros(len(MOODS), "<f4").tobytes()
    with to_write(folder) as connection:
        Ledger(connection).begin(model="bench", digest="bench", dimensions=dimensions)
        with transaction(connection):
            for block in blocks(count, dimensions):
                for first in range(0, len(block), CLIPS_A_TRACK):
                    track += 1
                    values = (f"/{track:07d}.mp3", 1, 1, str(track), "bench", 30, "", "", "", "", 100.0, 0.5, 0.5, 1.0)
                    connection.execute(INSERT_TRACK, (*values, *[1 / 7] * 7))
                    rows = [
                        (track, i, 10.0 * i, vector.tobytes(), zeros, 0.5, 0.5)
                        for i, vector in enumerate(block[first : first + CLIPS_A_TRACK])
                    ]
                    connection.executemany("INSERT INTO clips VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        Ledger(connection).finish()
    return {}, None


class Watch:
    """Seconds of the processor since it was made, or last read."""

    def __init__(self) -> None:
        self._last = time.process_time()

    def read(self) -> float:
        now = time.process_time()
        took, self._last = now - self._last, now
        return took


def measured(work: Callable[..., Found], *arguments: object) -> Found:
    begin = time.perf_counter()
    figures, scores = work(*arguments)
    return {**figures, "peak MB": peak_mb(), "wall s": time.perf_counter() - begin}, scores


def built(folder: Path, dimensions: int) -> Found:
    """Do what `scorer index` does when the last track is embedded."""
    watch = Watch()
    with to_write(folder) as connection:
        vectors = clips_of(connection, "bench").vectors
        tuned = prepare(folder, vectors, unit(turned(real_queries(), dimensions)))
        Ledger(connection).note(**asdict(tuned))
    told = {"ef": tuned.ef, "graph's recall": tuned.recall, "exact ms": tuned.exact_ms, "graph ms": tuned.graph_ms}
    return {"build s": watch.read(), **told}, None


def asked(folder: Path, dimensions: int) -> Found:
    asked_for = queries(dimensions)
    watch = Watch()
    index = Index.open(folder, model_digest="bench")
    opened = watch.read()
    _, scores = index.search(asked_for, NEAREST)
    return {"load s": opened, "2000 queries s": watch.read()}, scores


def by_numpy(count: int, dimensions: int) -> Found:
    vectors, asked_for = clips(count, dimensions), queries(dimensions)
    scores, watch = np.empty((QUERIES, NEAREST), np.float32), Watch()
    for first in range(0, QUERIES, 50):
        products = asked_for[first : first + 50] @ vectors.T
        best = np.partition(products, count - NEAREST, axis=1)[:, -NEAREST:]
        scores[first : first + 50] = np.sort(best, axis=1)[:, ::-1]
    return {"2000 queries s": watch.read()}, scores


def by_faiss(count: int, dimensions: int, flat: bool, ef: int) -> Found:
    import faiss

    vectors, asked_for = clips(count, dimensions), queries(dimensions)
    faiss.omp_set_num_threads(1)
    watch = Watch()
    if flat:
        index = faiss.IndexFlatIP(dimensions)
    else:
        index = faiss.IndexHNSWFlat(dimensions, LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = EF_CONSTRUCTION, ef
    index.add(vectors)
    made = watch.read()
    scores, _ = index.search(asked_for, NEAREST)
    return {"build s": made, "2000 queries s": watch.read()}, scores


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, action="append")
    parser.add_argument("--dimensions", type=int, default=DIMENSIONS)
    arguments = parser.parse_args()
    for count in arguments.clips or [10_000, 100_000]:
        compare(count, arguments.dimensions)


def compare(count: int, dimensions: int) -> None:
    exact, truth = apart(measured, by_numpy, count, dimensions)
    assert truth is not None
    nearest = truth[:, -1:]

    def show(what: str, found: Found) -> dict[str, float]:
        figures, scores = found
        if scores is not None:
            figures["recall"] = float((scores >= nearest - SAME).mean())
        cells = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        print(f"{count:>9,} x {dimensions}  {what:<18} {cells}", flush=True)
        return figures

    show("numpy, exact", (exact, truth))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apart(measured, written, folder, count, dimensions)
        ef = show("scorer, building", apart(measured, built, folder, dimensions))["ef"]
        show("scorer, asking", apart(measured, asked, folder, dimensions))
    try:
        import faiss  # noqa: F401
    except ImportError:
        return
    show("faiss, flat", apart(measured, by_faiss, count, dimensions, True, 0))
    show("faiss, HNSW", apart(measured, by_faiss, count, dimensions, False, int(ef)))


if __name__ == "__main__":
    main()
