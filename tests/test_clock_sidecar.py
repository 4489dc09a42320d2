"""Times from a file beside the narration."""

import json
from pathlib import Path

import numpy as np
import pytest

from scorer.audio.recording import Recording, Stretch
from scorer.book import Book, Chapter, Sentence
from scorer.clock import read_clock
from scorer.clock.match import match
from scorer.clock.sidecar import Timed, read_sidecar
from scorer.errors import ClockError

TALE = ["It rained all night.", "Nobody came to the miller's house.", "Then, at dawn, a knock!", "Who was it?"]
TIMES = [(2.0, 5.0), (5.5, 9.0), (9.5, 12.0), (12.5, 14.0)]


def stamp(seconds: float, mark: str) -> str:
    return f"00:00:{int(seconds):02d}{mark}{round(seconds % 1 * 1000):03d}"


def srt() -> str:
    rows = [
        f"{n}\n{stamp(a, ',')} --> {stamp(b, ',')}\n<i>{t}</i>\n"
        for n, ((a, b), t) in enumerate(zip(TIMES, TALE, strict=True))
    ]
    return "\ufeff" + "\r\n".join("\n".join(rows).split("\n"))


def vtt() -> str:
    rows = [
        f"{stamp(a, '.')[3:]} --> {stamp(b, '.')[3:]} align:start\n{t}\n" for (a, b), t in zip(TIMES, TALE, strict=True)
    ]
    return "WEBVTT\n\nNOTE made by hand\n\n" + "\n".join(rows)


def aeneas() -> str:
    rows = [
        {"begin": f"{a:.3f}", "end": f"{b:.3f}", "id": "f1", "lines": [t]}
        for (a, b), t in zip(TIMES, TALE, strict=True)
    ]
    return json.dumps({"fragments": rows})


def whisper(words: bool) -> str:
    rows = []
    for (a, b), text in zip(TIMES, TALE, strict=True):
        cut = text.split()
        step = (b - a) / len(cut)
        own = [{"word": f" {w}", "start": a + i * step, "end": a + (i + 1) * step} for i, w in enumerate(cut)]
        rows.append({"start": a, "end": b, "text": text, **({"words": own} if words else {})})
    return json.dumps({"segments": rows, "language": "en"})


@pytest.mark.parametrize(
    ("name", "text"),
    [("n.srt", srt()), ("n.vtt", vtt()), ("n.json", aeneas()), ("n.json", whisper(True)), ("n.json", whisper(False))],
)
def test_every_form_gives_each_sentence_its_times(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    found = match(TALE, read_sidecar(tmp_path / name))
    np.testing.assert_allclose(found.starts, [a for a, _ in TIMES], atol=0.01)
    np.testing.assert_allclose(found.ends, [b for _, b in TIMES], atol=0.01)
    assert found.fit == 1.0


def test_what_was_misheard_left_out_or_added_does_no_harm() -> None:
    draw = np.random.default_rng(1)
    words = [f"word{draw.integers(400)}" for _ in range(3000)]
    sentences = [" ".join(words[i : i + 10]) for i in range(0, 3000, 10)]
    timed = [Timed(100.0, 101.0, "This is a recording")]
    for number, word in enumerate(words):
        if draw.random() < 0.9:
            timed.append(Timed(110 + number, 111 + number, word if draw.random() < 0.85 else "misheard"))
    found = match(sentences, timed)
    errors = np.abs(found.starts - (110 + 10.0 * np.arange(300)))
    assert np.isnan(found.starts).sum() <= 1
    assert np.nanmedian(errors) == 0.0
    assert np.nanquantile(errors, 0.95) <= 4.0  # ten seconds a sentence
    assert 0.6 < found.fit < 0.9


def recording(path: Path) -> Recording:
    return Recording(path, (Stretch(path),), 16_000, 1, None)


def book() -> Book:
    sentences = tuple(Sentence(0, 0, 0, text) for text in TALE)
    return Book("Tale", "", "en", (Chapter(0, "One", "", "", sentences),), ())


def test_a_file_beside_the_narration_is_found_and_its_edges_are_kept(tmp_path: Path) -> None:
    (tmp_path / "n.srt").write_text(srt(), encoding="utf-8")
    clock = read_clock(book(), recording(tmp_path / "n.wav"), 60.0)
    assert clock.source == "alignment"
    assert clock.borders[1:].tolist() == [5.5, 9.5, 12.5, 14.0]
    assert "100%" in clock.describe()


def test_a_file_of_another_book_is_refused_and_a_broken_one_named(tmp_path: Path) -> None:
    other = tmp_path / "other.srt"
    other.write_text("1\n00:00:01,000 --> 00:00:02,000\nQuite another thing\n", encoding="utf-8")
    with pytest.raises(ClockError, match=r"other\.srt: does not fit the text of 'Tale'"):
        read_clock(book(), recording(tmp_path / "n.wav"), 60.0, alignment=other)
    for name, text in {"a.json": "{", "b.json": "[1]", "c.srt": "nothing", "d.json": '{"segments": 3}'}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(ClockError, match=name):
            read_sidecar(tmp_path / name)
    with pytest.raises(ClockError, match="--alignment"):
        read_clock(book(), recording(tmp_path / "none.wav"), 60.0, source="alignment")
