"""What a listener may expect where one track would be played all the time."""

from itertools import pairwise

import numpy as np

from scorer.smooth import Costs, Lock, objective, smooth, smooth_fairly

COSTS = Costs(switch=3.0, switch_at_chapter=1.0, replay=8.0, replay_gap_s=300.0, min_cue_s=45.0)
SECONDS, CHAPTERS = np.full(400, 15.0), np.arange(400) // 40


def scenes(tracks: int, lead: float) -> np.ndarray:
    """Happy and sad scenes of five minutes; the even tracks are happy ones, number 0 ahead of the rest by `lead`."""
    happy = (np.arange(400) // 20) % 2 == 0
    fit = np.where(happy[:, None] == (np.arange(tracks) % 2 == 0), 0.7, 0.4)
    fit[:, 0] += np.where(happy, lead, 0.0)
    return np.column_stack([fit, np.full(400, 0.1)])


def share(path: np.ndarray, state: int) -> float:
    return float((path == state).mean())


def test_a_track_that_is_hardly_better_does_not_carry_half_the_book() -> None:
    fit = scenes(20, 0.01)
    assert share(smooth(fit, SECONDS, CHAPTERS, COSTS), 0) > 0.4
    path = smooth_fairly(fit, SECONDS, CHAPTERS, COSTS, 0.2)
    assert max(share(path, state) for state in range(20)) <= 0.2
    happy = (np.arange(400) // 20) % 2 == 0
    assert (path[happy] % 2 == 0).mean() > 0.95, "the mood must not suffer"


def test_nothing_changes_where_no_track_is_worn() -> None:
    fit = scenes(20, 0.0) + np.random.default_rng(3).uniform(0, 0.05, (400, 21))
    free = smooth(fit, SECONDS, CHAPTERS, COSTS)
    most = max(share(free, state) for state in range(20))
    assert (smooth_fairly(fit, SECONDS, CHAPTERS, COSTS, most + 0.01) == free).all()


def test_a_small_library_may_repeat_itself() -> None:
    fit = scenes(2, 0.0)
    assert (smooth_fairly(fit, SECONDS, CHAPTERS, COSTS, 0.1) == smooth(fit, SECONDS, CHAPTERS, COSTS)).all()


def test_a_track_without_its_like_is_kept() -> None:
    fit = scenes(20, 0.2)
    assert share(smooth_fairly(fit, SECONDS, CHAPTERS, COSTS, 0.1), 0) == 0.5


def test_every_path_keeps_the_rules() -> None:
    fit = scenes(9, 0.03)
    assert np.isfinite(objective(smooth_fairly(fit, SECONDS, CHAPTERS, COSTS, 0.01), fit, SECONDS, CHAPTERS, COSTS))


def test_what_is_locked_is_not_recast() -> None:
    fit = scenes(20, 0.01)
    locks = [Lock(start, start + 20, 0) for start in range(0, 200, 40)]
    path = smooth_fairly(fit, SECONDS, CHAPTERS, COSTS, 0.05, locks)
    assert all((path[lock.first : lock.stop] == 0).all() for lock in locks)
    assert share(path, 0) == 0.25, "the others are given to other tracks"


def test_a_track_rests_for_the_least_gap_before_it_comes_again() -> None:
    fit = scenes(20, 0.01)
    path = smooth_fairly(fit, SECONDS, CHAPTERS, COSTS, 1.0, min_gap_s=1500.0)
    borders = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), 400]
    for state in range(20):
        ends = [15.0 * e for s, e in pairwise(borders) if path[s] == state]
        starts = [15.0 * s for s, e in pairwise(borders) if path[s] == state]
        assert all(start - end >= 1500.0 for end, start in zip(ends, starts[1:], strict=False))
    happy = (np.arange(400) // 20) % 2 == 0
    assert (path[happy] % 2 == 0).mean() > 0.95, "the mood must not suffer"
    assert np.isfinite(objective(path, fit, SECONDS, CHAPTERS, COSTS))
