from scorer.evaluate.datasets import EKMAN
from scorer.evaluate.mappings import MAPPINGS
from scorer.evaluate.split import SIDES, stratified
from scorer.nets.labels import LABEL_COUNT, LABELS, label_slice


def test_the_split_is_stratified_and_keeps_copies_together() -> None:
    labels = ["a"] * 100 + ["b"] * 40
    groups = [str(n // 2) for n in range(140)]
    sides = stratified(range(140), labels, groups)
    assert sorted(item for side in SIDES for item in sides[side]) == list(range(140))
    assert [sum(item < 100 for item in sides[side]) for side in SIDES] == [70, 14, 16]
    for side in SIDES:
        assert {item // 2 for item in sides[side]} == {item // 2 for item in sides[side] if item % 2}
    assert sides == stratified(range(140), labels, groups)


def test_a_copy_with_another_label_follows_the_first() -> None:
    sides = stratified(["x", "y", "x again"], ["a", "a", "b"], ["x", "y", "x"])
    assert any({"x", "x again"} <= set(side) for side in sides.values())


def test_labels_have_a_place_each() -> None:
    places = [label_slice(name) for name in LABELS]
    assert [row for part in places for row in range(part.start, part.stop)] == list(range(LABEL_COUNT))
    assert set(EKMAN) == set(LABELS["goemotions"])


def test_mappings_answer_the_labels_of_their_data_set() -> None:
    for dataset in ("alm", "isear"):
        assert all(set(mapped) == set(LABELS[dataset]) for mapped in MAPPINGS[dataset].values())
    assert set(MAPPINGS["goemotions"]["VA"]) == set(EKMAN.values()) - {""}
