from pathlib import Path

import numpy as np
import pytest

from scorer.emotion import DIMENSIONS
from scorer.errors import LibraryError
from scorer.library.graph import build_graph, graph_path, load_graph, prepare
from scorer.library.index import Index
from scorer.library.search import search_graph


def unit_rows(count: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def library(vectors: np.ndarray) -> Index:
    count = len(vectors)
    return Index(tracks=[], clip_vectors=vectors, clip_tracks=np.zeros(count, np.int64), clip_starts=np.zeros(count))


def test_exact_search_finds_the_best_in_order() -> None:
    vectors, queries = unit_rows(500), unit_rows(100, seed=1)
    rows, scores = library(vectors).search(queries, 7)
    products = queries @ vectors.T
    np.testing.assert_array_equal(rows, np.argsort(-products, axis=1, kind="stable")[:, :7])
    np.testing.assert_allclose(scores, np.sort(products, axis=1)[:, :-8:-1], rtol=1e-6)


def test_equals_come_in_the_order_of_their_rows() -> None:
    rows, _ = library(np.repeat(unit_rows(1), 50, axis=0)).search(unit_rows(3, seed=1), 5)
    np.testing.assert_array_equal(rows, [[0, 1, 2, 3, 4]] * 3)


def test_a_small_library_gives_all_it_has() -> None:
    rows, scores = library(unit_rows(3)).search(unit_rows(2, seed=1), 10)
    assert rows.shape == scores.shape == (2, 3)


def test_the_graph_agrees_with_exact_search(tmp_path: Path) -> None:
    vectors, queries = unit_rows(3000), unit_rows(200, seed=1)
    build_graph(tmp_path, vectors)
    graph = load_graph(tmp_path, vectors)
    assert graph is not None
    found, scores = search_graph(graph, 400, vectors, queries, 20)
    exact, exact_scores = library(vectors).search(queries, 20)
    recall = np.mean([len(np.intersect1d(a, b)) / 20 for a, b in zip(found, exact, strict=True)])
    assert recall > 0.99
    assert (np.diff(scores, axis=1) <= 0).all()
    np.testing.assert_allclose(scores[:, 0], exact_scores[:, 0], rtol=1e-5)


def test_the_graph_can_give_the_whole_library(tmp_path: Path) -> None:
    vectors = unit_rows(900)
    build_graph(tmp_path, vectors)
    graph = load_graph(tmp_path, vectors)
    rows, _ = search_graph(graph, 400, vectors, unit_rows(2, seed=1), 900)
    assert [sorted(row) for row in rows.tolist()] == [list(range(900))] * 2


def test_the_same_vectors_give_the_same_graph(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    vectors = unit_rows(2000)
    for folder in (tmp_path / "a", tmp_path / "b"):
        build_graph(folder, vectors)
    assert graph_path(tmp_path / "a", vectors).read_bytes() == graph_path(tmp_path / "b", vectors).read_bytes()


def test_a_graph_over_other_vectors_is_replaced_and_never_read(tmp_path: Path) -> None:
    old, new, queries = unit_rows(100), unit_rows(101), unit_rows(5, seed=1)
    prepare(tmp_path, old, queries)
    (tmp_path / ".clips-0123.part.hnsw").write_bytes(b"left by a run that was killed")
    assert load_graph(tmp_path, new) is None
    prepare(tmp_path, new, queries)
    assert [path.name for path in tmp_path.iterdir()] == [graph_path(tmp_path, new).name]


def test_a_damaged_graph_is_not_read_and_built_again(tmp_path: Path) -> None:
    vectors = unit_rows(100)
    build_graph(tmp_path, vectors)
    path = graph_path(tmp_path, vectors)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000])
    assert load_graph(tmp_path, vectors) is None
    assert prepare(tmp_path, vectors, unit_rows(5, seed=1)).recall == 1.0
    assert path.read_bytes() == whole


def test_a_graph_that_the_disk_has_no_room_for_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = unit_rows(100)
    monkeypatch.setattr(
        "scorer.library.graph.build_graph", lambda *_: graph_path(tmp_path, vectors).write_bytes(b"a part")
    )
    with pytest.raises(LibraryError, match="check that the disk is not full"):
        prepare(tmp_path, vectors, unit_rows(5, seed=1))
    assert not list(tmp_path.iterdir())


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="no index there yet; make one with `scorer index PATH"):
        Index.open(tmp_path / "nowhere", model_digest="any")
