"""The picture of `scorer run --plot`, of a scored book that was made up."""

import re
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from scorer.book import Book, windows
from scorer.book.book import Chapter, Sentence
from scorer.cues.cue import Cue
from scorer.cues.passage import Passage
from scorer.cues.score import Score
from scorer.errors import UserError
from scorer.nets.emotions import Emotions
from scorer.page import write_plot
from scorer.page.plot import smoothed
from scorer.page.uncertainty import ERRORS

TITLE = "$5 & <b>霧</b> x^2$"
MOODS = ("sad", "scary", "happy")


def scored(chapters: int = 3, sentences: int = 12) -> Score:
    """Return a score of chapters whose sentences take five seconds each, a cue a chapter, the second silent."""
    text = " ".join(["It rained."] * sentences)
    spans = tuple(Sentence(0, 11 * i, 11 * i + 10, "It rained.") for i in range(sentences))
    book = Book(
        TITLE, "A. Writer", "en", tuple(Chapter(c, f"{c}: $1 $2", "", text, spans) for c in range(chapters)), ()
    )
    cut = windows(book, 6, 3)
    points = np.random.default_rng(1).random((len(cut), 2)).astype(np.float32)
    times = 5.0 * np.arange(len(book.sentences) + 1)
    seconds = np.array([times[w.core_last + 1] - times[w.core_first] for w in cut])
    nothing = np.zeros((len(cut), 7), np.float32)
    length = 5.0 * sentences
    cues = [
        Cue(
            cue=c + 1,
            chapter=c + 1,
            chapter_title="",
            first_sentence=sentences * c + 1,
            last_sentence=sentences * (c + 1),
            start_s=length * c,
            end_s=length * (c + 1),
            track="" if c == 1 else f"/m/{MOODS[c % 3]}_$ong-one.ogg",
            track_start_s=0.0,
            mood=MOODS[c % 3],
            valence=0.5,
            arousal=0.5,
            score=0.5,
            margin=0.0,
            alternatives=(),
            excerpt="",
        )
        for c in range(chapters)
    ]
    return Score(Passage(book, cut, seconds, Emotions(nothing, points, nothing, nothing), times), cues, ())


def test_texts_are_shown_as_they_are(tmp_path: Path) -> None:
    write_plot(tmp_path / "arc.svg", scored())
    texts = {"".join(text.itertext()) for text in etree.parse(tmp_path / "arc.svg").iterfind(".//{*}text")}
    assert {f"{TITLE} by A. Writer", "0: $1 $2", "2: $1 $2", "sad $ong one", "silence", "happy", "valence"} <= texts
    assert "scary" not in texts  # its passage is silent


@pytest.mark.parametrize("name", ["arc.png", "arc.svg", "arc.PNG"])
def test_the_same_book_gives_the_same_picture(tmp_path: Path, name: str) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_plot(tmp_path / folder / name, scored())
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(("chapters", "sentences"), [(1, 1), (300, 4)])
def test_books_of_any_length_are_drawn(tmp_path: Path, chapters: int, sentences: int) -> None:
    write_plot(tmp_path / "arc.svg", scored(chapters, sentences))
    assert len(list(etree.parse(tmp_path / "arc.svg").iterfind(".//{*}text"))) < 120


def test_other_kinds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"end the name in one of \.png, \.svg"):
        write_plot(tmp_path / "arc.jpg", scored())


def test_a_mean_follows_its_neighbours() -> None:
    at, ones = np.arange(40.0), np.ones(40)
    mean, _ = smoothed(np.where(at < 20, 0.0, 1.0), at, ones, 2.0, 1.0)
    assert mean[0] == pytest.approx(0.0)
    assert mean[39] == pytest.approx(1.0)
    assert 0.3 < mean[20] < 0.7
    alone, _ = smoothed(at, at, ones, 0.0, 1.0)
    assert alone.tolist() == at.tolist()


@pytest.mark.parametrize(("size", "stride"), [(6, 3), (3, 3), (12, 2)])
@pytest.mark.parametrize("width", [0.0, 2.0, 20.0])  # windows; none is a mean of one window alone
def test_two_standard_errors_hold_the_true_mean_in_about_95_of_100_places(size: int, stride: int, width: float) -> None:
    """Windows are means of `size` sentences of a mean of 0.3 and overlap, as those of a book do."""
    sentences = 0.3 + 0.1 * np.random.default_rng(size).standard_normal(20_000)
    windows = np.lib.stride_tricks.sliding_window_view(sentences, size)[::stride].mean(axis=1)
    at = np.arange(len(windows), dtype=np.float64)
    mean, error = smoothed(windows, at, np.ones(len(windows)), width, size / stride)
    held = np.abs(mean - 0.3) <= ERRORS * error
    assert 0.9 < held.mean() < 0.98


def test_the_shade_is_of_an_uncertainty_and_is_there_for_a_story_of_few_passages(tmp_path: Path) -> None:
    write_plot(tmp_path / "arc.svg", scored(1, 12))
    tree = etree.parse(tmp_path / "arc.svg")
    assert "uncertainty (± 2 standard errors)" in {"".join(text.itertext()) for text in tree.iterfind(".//{*}text")}
    shades = [one.find(".//{*}path") for one in tree.iterfind(".//{*}g[@id]") if "FillBetween" in one.get("id", "")]
    for shade in shades:
        heights = [float(number) for number in re.findall(r"[ML] \S+ (\S+)", shade.get("d"))]
        assert max(heights) - min(heights) > 20
    assert len(shades) == 2


@pytest.mark.parametrize(("sentences", "form", "label"), [(12, "m:ss", "0:30"), (900, "h:mm", "1:00")])
def test_times_are_in_minutes_where_there_is_no_hour(tmp_path: Path, sentences: int, form: str, label: str) -> None:
    write_plot(tmp_path / "arc.svg", scored(1, sentences))
    texts = {"".join(text.itertext()) for text in etree.parse(tmp_path / "arc.svg").iterfind(".//{*}text")}
    assert {f"time, read aloud ({form})", label} <= texts
