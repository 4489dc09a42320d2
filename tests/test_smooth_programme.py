from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from scorer.smooth import Costs, Lock, objective, smooth
from tests.plain_smooth import smooth_plainly


def costs(**changes: float) -> Costs:
    base = {"switch": 1.0, "switch_at_chapter": 0.3, "replay": 2.0, "replay_gap_s": 3.5, "min_cue_s": 2.0}
    return Costs(**{**base, **changes})


@pytest.mark.parametrize("seed", range(120))
def test_no_path_is_better_than_the_programmes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    windows, states = int(rng.integers(1, 8)), int(rng.integers(1, 5))
    if seed % 7 == 0:
        windows, states = 9, 3
    fit = rng.normal(size=(windows, states))
    seconds = rng.choice([0.5, 1.0, 1.7], size=windows)
    chapters = np.cumsum(rng.random(windows) < 0.25)
    terms = costs(
        switch=float(rng.choice([0.0, 0.3, 1.0])),
        replay=float(rng.choice([0.0, 0.5, 3.0])),
        replay_gap_s=float(rng.choice([0.0, 2.0, 4.0, 9.0])),
        min_cue_s=float(rng.choice([0.0, 1.0, 2.0, 3.3])),
    )
    best = max(
        objective(np.array(path), fit, seconds, chapters, terms) for path in product(range(states), repeat=windows)
    )
    found = objective(smooth(fit, seconds, chapters, terms), fit, seconds, chapters, terms)
    assert found == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_the_path_is_that_of_comparing_every_state_with_every_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(10):
        windows, states = int(rng.integers(1, 60)), int(rng.integers(1, 10))
        # few distinct values make for ties, which must be broken alike
        fit = rng.integers(0, 3, (windows, states)) / 2 if seed % 2 else rng.normal(size=(windows, states))
        seconds = rng.choice([0.5, 1.0, 1.7], size=windows) if seed % 3 else np.ones(windows)
        chapters = np.cumsum(rng.random(windows) < 0.2)
        terms = costs(
            switch=float(rng.choice([0.0, 0.3, 1.0])),
            replay=float(rng.choice([0.0, 0.5, 3.0])),
            replay_gap_s=float(rng.choice([0.0, 2.0, 4.0, 9.0, 100.0])),
            min_cue_s=float(rng.choice([0.0, 1.0, 2.0, 3.3, 8.0])),
        )
        found = smooth(fit.astype(np.float32), seconds, chapters, terms)
        assert found.tolist() == smooth_plainly(fit.astype(np.float32), seconds, chapters, terms).tolist()


def test_a_short_burst_does_not_change_the_music() -> None:
    fit = np.tile([0.9, 0.1, 0.0], (10, 1))
    fit[4] = [0.1, 0.9, 0.0]
    path = smooth(fit, np.full(10, 1.0), np.zeros(10, dtype=int), costs())
    assert path.tolist() == [0] * 10


def test_a_lasting_change_does() -> None:
    fit = np.tile([0.9, 0.1, 0.0], (10, 1))
    fit[5:] = [0.1, 0.9, 0.0]
    path = smooth(fit, np.full(10, 1.0), np.zeros(10, dtype=int), costs())
    assert path.tolist() == [0] * 5 + [1] * 5


def test_a_switch_moves_to_the_chapter_that_starts_nearby() -> None:
    fit = np.tile([0.55, 0.45, 0.0], (12, 1))
    fit[5:] = [0.45, 0.55, 0.0]
    chapters = np.array([0] * 6 + [1] * 6)
    path = smooth(fit, np.full(12, 1.0), chapters, costs(switch=0.4, switch_at_chapter=0.1))
    assert path.tolist() == [0] * 6 + [1] * 6


def test_a_runner_up_is_preferred_to_an_early_replay() -> None:
    fit = np.array([[1.0, 0.0, 0.8, -1.0]] * 3 + [[0.0, 1.0, 0.0, -1.0]] * 3 + [[1.0, 0.0, 0.8, -1.0]] * 3)
    seconds, chapters = np.full(9, 1.0), np.zeros(9, dtype=int)
    again = smooth(fit, seconds, chapters, costs(replay=0.0, switch=0.1))
    fresh = smooth(fit, seconds, chapters, costs(replay=2.0, switch=0.1))
    assert again.tolist() == [0] * 3 + [1] * 3 + [0] * 3
    assert sorted({int(fresh[0]), int(fresh[-1])}) == [0, 2]
    after_long = smooth(fit, seconds, chapters, costs(replay=2.0, switch=0.1, replay_gap_s=3.0))
    assert after_long.tolist() == again.tolist()


def test_silence_may_return_without_a_replay() -> None:
    fit = np.array([[0.0, 1.0]] * 3 + [[1.0, 0.0]] * 3 + [[0.0, 1.0]] * 3)
    path = smooth(fit, np.full(9, 1.0), np.zeros(9, dtype=int), costs(replay=100.0))
    assert path.tolist() == [1] * 3 + [0] * 3 + [1] * 3


def test_a_book_shorter_than_a_cue_gets_one() -> None:
    fit = np.array([[0.2, 0.5, 0.1], [0.9, 0.5, 0.1]])
    path = smooth(fit, np.full(2, 0.5), np.zeros(2, dtype=int), costs(min_cue_s=60.0))
    assert path.tolist() == [0, 0]


def test_shapes_that_disagree_are_refused() -> None:
    with pytest.raises(ValueError, match="do not agree"):
        smooth(np.zeros((3, 2)), np.ones(2), np.zeros(3, dtype=int), costs())


def locks(draw: np.random.Generator, windows: int, states: int) -> list[Lock]:
    """Return locks that leave at most five windows free."""
    edges = np.flatnonzero(draw.random(windows + 1) < 0.5).tolist()
    made = [Lock(s, e, int(draw.integers(states))) for s, e in pairwise(edges) if draw.random() < 0.6]
    free = windows - sum(lock.stop - lock.first for lock in made)
    return made if free <= 5 else [Lock(0, windows - 5, int(draw.integers(states)))]


@pytest.mark.parametrize("seed", range(80))
def test_no_path_around_locked_cues_is_better_than_the_programmes(seed: int) -> None:
    draw = np.random.default_rng(seed)
    windows, states = int(draw.integers(6, 14)), int(draw.integers(1, 5))
    fit = draw.normal(size=(windows, states)) if seed % 3 else draw.integers(0, 3, (windows, states)) / 2
    seconds, chapters = draw.choice([0.5, 1.0, 1.7], size=windows), np.cumsum(draw.random(windows) < 0.25)
    terms = costs(
        replay=float(draw.choice([0.0, 0.5, 3.0])),
        replay_gap_s=float(draw.choice([0.0, 2.0, 4.0, 9.0])),
        min_cue_s=float(draw.choice([0.0, 1.0, 2.0, 3.3])),
    )
    if seed % 2:
        terms = replace(terms, max_cue_s=terms.min_cue_s + float(draw.choice([0.5, 2.0, 4.0])))
    settled = locks(draw, windows, states)
    kept = np.full(windows, -1)
    for lock in settled:
        kept[lock.first : lock.stop] = lock.state
    free = np.flatnonzero(kept < 0)
    best = -np.inf
    for choice in product(range(states), repeat=len(free)):
        path = kept.copy()
        path[free] = choice
        best = max(best, objective(path, fit, seconds, chapters, terms, settled))
    found = smooth(fit, seconds, chapters, terms, settled)
    assert np.isfinite(best)
    assert objective(found, fit, seconds, chapters, terms, settled) == pytest.approx(best, abs=1e-9)


def test_a_locked_cue_keeps_its_borders_however_short() -> None:
    fit = np.tile([0.9, 0.1, 0.5, 0.0], (12, 1))
    path = smooth(fit, np.ones(12), np.zeros(12, dtype=int), costs(min_cue_s=3.0, replay=3.0), [Lock(6, 7, 1)])
    assert path.tolist() == [0] * 6 + [1] + [2] * 5  # track 0 would come back too soon
    assert smooth(fit, np.ones(12), np.zeros(12, dtype=int), costs(), [Lock(4, 8, 0)]).tolist() == (
        [2] * 4 + [0] * 4 + [2] * 4
    )


def test_no_cue_outlasts_the_longest() -> None:
    fit = np.tile([0.9, 0.1, 0.8, 0.0], (40, 1))
    path = smooth(fit, np.ones(40), np.zeros(40, dtype=int), costs(max_cue_s=7.0, replay=0.0))
    lengths = np.diff([0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), 40])
    assert lengths.max() == 7
    assert set(path.tolist()) == {0, 2}


def test_locking_what_was_found_changes_nothing() -> None:
    draw = np.random.default_rng(5)
    fit, seconds, chapters = draw.normal(size=(80, 6)), draw.uniform(0.5, 2.0, 80), np.arange(80) // 20
    path = smooth(fit, seconds, chapters, costs())
    borders = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), 80]
    cues = [Lock(s, e, int(path[s])) for s, e in pairwise(borders)]
    for _ in range(20):
        settled = [cue for cue in cues if draw.random() < 0.4]
        assert smooth(fit, seconds, chapters, costs(), settled).tolist() == path.tolist()


@pytest.mark.parametrize("wrong", [[Lock(2, 2, 0)], [Lock(0, 9, 0)], [Lock(3, 5, 0), Lock(4, 6, 1)]])
def test_locks_that_do_not_fit_are_refused(wrong: list[Lock]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        smooth(np.zeros((8, 2)), np.ones(8), np.zeros(8, dtype=int), costs(), wrong)
