"""What is banned, too short, no music or of a wrong licence never costs a track that could be had."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorer.library.graph import build_graph, load_graph
from scorer.library.index import Index
from scorer.library.track import LEAST_MUSIC, Track
from scorer.match import candidates
from scorer.match.candidates import SHORTEST_BED_S, candidate_tracks
from tests.test_library_life import clustered

TRACKS = 120


def library(clips: np.ndarray, seconds: np.ndarray, music: np.ndarray) -> Index:
    """Return an index whose tracks have so many `clips`, so many `seconds`, and are so surely `music`."""
    tracks = [
        Track(
            n, f"/{n:03}.ogg", "", "", "", "", float(seconds[n]), int(clips[n]), 0.5, 0.5, float(music[n]), (0.1,) * 7
        )
        for n in range(len(clips))
    ]
    vectors = clustered(int(clips.sum()), seed=int(clips.sum()))
    return Index(tracks, vectors, np.repeat(np.arange(len(clips)), clips), np.zeros(int(clips.sum())))


@pytest.fixture(scope="module")
def with_graph(tmp_path_factory: pytest.TempPathFactory) -> Index:
    draw = np.random.default_rng(5)
    plain = library(draw.integers(1, 40, TRACKS), np.full(TRACKS, 60.0), np.ones(TRACKS))
    folder = tmp_path_factory.mktemp("graph")
    build_graph(folder, plain.clip_vectors)
    graph = load_graph(folder, plain.clip_vectors)
    assert graph is not None
    return Index(plain.tracks, plain.clip_vectors, plain.clip_tracks, plain.clip_starts, _graph=graph, _ef=400)


def nearest(index: Index, query: np.ndarray, allowed: np.ndarray) -> list[int]:
    """Return all allowed tracks, that with the nearest clip first, found the plain way."""
    best = [float((index.clip_vectors[index.clip_tracks == n] @ query).max()) for n in range(len(index.tracks))]
    return [n for n in sorted(range(len(best)), key=lambda n: -best[n]) if allowed[n]]


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), share=st.floats(0, 1), k=st.integers(1, TRACKS + 10))
def test_as_many_tracks_as_were_asked_for_come_while_there_are_enough(
    with_graph: Index, seed: int, share: float, k: int
) -> None:
    draw = np.random.default_rng(seed)
    allowed = draw.random(TRACKS) < share
    queries = clustered(3, seed=seed)
    for found, query in zip(with_graph.search_tracks(queries, k, allowed), queries, strict=True):
        assert len(found) == len(set(found.tolist())) == min(k, allowed.sum())
        assert allowed[found].all()
        assert set(found[: min(5, k)].tolist()) == set(nearest(with_graph, query, allowed)[: min(5, k)])


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 30), tracks=st.integers(1, 60))
def test_a_small_library_is_searched_exactly_whatever_is_filtered(seed: int, k: int, tracks: int) -> None:
    draw = np.random.default_rng(seed)
    index = library(draw.integers(1, 6, tracks), np.full(tracks, 60.0), np.ones(tracks))
    allowed = draw.random(tracks) < draw.random()
    query = clustered(1, seed=seed)
    [found] = index.search_tracks(query, k, allowed)
    assert found.tolist() == nearest(index, query[0], allowed)[:k]


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), most=st.integers(1, 40))
def test_candidates_are_all_that_may_serve_or_as_many_as_are_wanted(seed: int, most: int) -> None:
    draw = np.random.default_rng(seed)
    count = int(draw.integers(1, 80))
    seconds, music = draw.choice([3.0, SHORTEST_BED_S, 200.0], count), draw.choice([0.0, LEAST_MUSIC, 1.0], count)
    allowed = draw.random(count) < 0.7
    may = allowed & (music >= LEAST_MUSIC)
    if not may.any():
        return
    may = may & (seconds >= SHORTEST_BED_S) if (may & (seconds >= SHORTEST_BED_S)).any() else may
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "MOST_CANDIDATES", most)
        found = candidate_tracks(clustered(9, seed), library(draw.integers(1, 6, count), seconds, music), allowed)
    assert len(found) == len(set(found.tolist())) == min(most, int(may.sum()))
    assert may[found].all()
