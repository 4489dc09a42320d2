"""Figures that were reckoned by hand."""

import numpy as np
import pytest

from scorer.evaluate.mappings import ALM
from scorer.evaluate.metrics import random_retrieval, ranking, retrieval

MAPPED = {"glad": frozenset({"happy"}), "low": frozenset({"sad", "tender"})}
MOODS = ["happy", "sad", "happy", "angry", "tender", "happy", "sad"]


def test_precision_and_rank_by_hand() -> None:
    ranked = np.array([[0, 2, 5, 1, 3, 4, 6], [3, 1, 0, 2, 5, 4, 6], [3, 0, 2, 5, 1, 4, 6]])
    found = retrieval(ranked, ["glad", "glad", "low"], MOODS, MAPPED)
    # glad: 3/5 and 3/5, first at ranks 1 and 3; low: 1/5, first at rank 5
    assert found.per_class["glad"] == (2, pytest.approx(0.6), pytest.approx((1 + 1 / 3) / 2))
    assert found.per_class["low"] == (1, pytest.approx(0.2), pytest.approx(0.2))
    assert found.p_at_5 == pytest.approx(0.4)
    assert found.mrr == pytest.approx((2 / 3 + 0.2) / 2)


def test_classes_count_alike_however_many_queries_they_have() -> None:
    best, worst = [0, 2, 5, 1, 3, 4, 6], [3, 0, 2, 5, 1, 4, 6]
    many = retrieval(np.array([best] * 9 + [worst]), ["glad"] * 9 + ["low"], MOODS, MAPPED)
    few = retrieval(np.array([best, worst]), ["glad", "low"], MOODS, MAPPED)
    assert (many.p_at_5, many.mrr) == pytest.approx((few.p_at_5, few.mrr))


def test_a_label_without_any_relevant_clip_scores_nothing() -> None:
    found = retrieval(np.array([[1, 0]]), ["glad"], ["sad", "angry"], MAPPED)
    assert (found.p_at_5, found.mrr) == (0.0, 0.0)


def test_ranking_puts_the_first_of_equals_first() -> None:
    assert ranking(np.array([[0.1, 0.9, 0.9, 0.5]])).tolist() == [[1, 2, 3, 0]]


def test_random_rankings_find_what_chance_finds() -> None:
    moods = ["happy"] * 30 + ["sad"] * 10 + ["angry"] * 60
    found = random_retrieval(["glad", "low"], moods, MAPPED)
    assert found.per_class["glad"][1] == pytest.approx(0.3, abs=0.05)
    assert found.per_class["low"][1] == pytest.approx(0.1, abs=0.04)
    assert found == random_retrieval(["glad", "low"], moods, MAPPED)


def test_what_does_not_agree_is_refused() -> None:
    with pytest.raises(ValueError, match="do not agree"):
        retrieval(np.array([[0, 1]]), ["glad"], ["happy"], MAPPED)
    with pytest.raises(ValueError, match="do not agree"):
        retrieval(np.array([[0]]), ["unheard of"], ["happy"], MAPPED)


def test_each_mapping_answers_each_of_alms_labels() -> None:
    labels = {"angry-disgusted", "fearful", "happy", "sad", "surprised"}
    assert all(set(mapped) == labels for mapped in ALM.values())
    assert ALM["Manual"]["happy"] == {"exciting", "funny", "happy"}
