"""What is said of an emotion space, and its picture."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="training needs the extra 'train'")

from scorer.emotion import MOODS
from scorer.evaluate.mappings import label_names
from train import figure
from train.strategies.spaces import Space, mapped, mixing, separation

LABELS = label_names("alm")
# Alm's labels in their order, and a mood that people would give each
OWN = ("angry", "scary", "happy", "sad", "exciting")


def space(*, apart: float = 3.0, shift: float = 0.0, answers: tuple[str, ...] = OWN, plane: bool = False) -> Space:
    """Clips around a point for each mood, `apart` far, and texts around the points of `answers`, `shift` away."""
    draw = np.random.default_rng(1)
    points = {mood: apart * draw.normal(size=2 if plane else 9) for mood in MOODS}
    labels, moods = [label for label in LABELS for _ in range(12)], [mood for mood in MOODS for _ in range(12)]
    texts = np.array([points[answers[LABELS.index(label)]] for label in labels])
    music = np.array([points[mood] for mood in moods])
    texts, music = (x + 0.3 * draw.normal(size=x.shape) for x in (texts, music))
    texts[:, 0] += shift
    if not plane:
        texts, music = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (texts, music))
    tags = {mood: point.astype(np.float32) for mood, point in points.items()}
    return Space("made", texts.astype(np.float32), labels, music.astype(np.float32), moods, tags, plane)


def test_moods_that_lie_apart_are_told_from_moods_that_mix() -> None:
    assert separation(space()) > 0.7
    assert separation(space(apart=0.05)) < 0.1


def test_text_among_music_mixes_and_text_aside_does_not() -> None:
    assert (mixing(space(apart=0.0, plane=True)) or 0.0) == pytest.approx(1.0, abs=0.2)
    assert mixing(space(shift=50.0, plane=True)) == 0.0


def test_labels_that_find_a_mood_of_theirs_are_counted() -> None:
    assert mapped(space(), "alm") == (5, 5)
    assert mapped(space(answers=("scary", "scary", "happy", "sad", "tender")), "alm") == (3, 5)


def test_every_space_is_drawn_and_the_picture_is_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure, "FOLDER", tmp_path)
    spaces = [space(), space(plane=True)]
    placed = [figure.place(each) for each in spaces]
    assert [len(points) for points in placed[0]] == [len(spaces[0].music), len(spaces[0].labels), len(MOODS)]
    assert np.array_equal(placed[1][0], spaces[1].music)  # the plane is drawn as it is
    png, svg = figure.draw(spaces, placed, "alm")
    before = svg.read_bytes()
    assert png.read_bytes().startswith(b"\x89PNG")
    assert b"valence" in before or b"svg" in before
    assert figure.draw(spaces, [figure.place(each) for each in spaces], "alm")[1].read_bytes() == before
