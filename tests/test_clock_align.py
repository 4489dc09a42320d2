"""The clock that listens: a narration followed in its text, however it is read."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scorer.audio.recording import Recording, Stretch, open_recording
from scorer.book import Book, Chapter, Sentence, read_book
from scorer.clock import clock as clocks
from scorer.clock import read_clock
from scorer.clock.align import SOUNDS, Aligned, _ruled, align
from scorer.clock.cepstra import CEPSTRA, HOP_S, SAMPLE_RATE, cepstra
from scorer.clock.pauses import heard_rhythm, read_rhythm
from scorer.clock.reading import read_aloud
from scorer.errors import ClockError

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not on PATH")
Rows = NDArray[np.float32]


def speech(seed: int, count: int = 40) -> list[Rows]:
    """Sentences of sounds that last a while, with a pause behind each."""
    draw = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        sounds = [np.repeat(draw.normal(size=(1, CEPSTRA)), draw.integers(2, 5), axis=0) for _ in range(14)]
        made.append(np.concatenate([*sounds, np.full((6, CEPSTRA), -3.0)]).astype(np.float32))
    return made


def read(sentences: list[Rows], seed: int, *, pace: float = 1.0) -> tuple[Rows, NDArray[np.float64]]:
    """Return a noisy reading at an uneven pace, and where its sentences begin, in seconds."""
    draw = np.random.default_rng(seed)
    parts, starts, done = [], [], 0
    for rows in sentences:
        size = round(len(rows) * pace * draw.uniform(0.8, 1.25))
        places = np.linspace(0, len(rows) - 1, size).round().astype(int)
        parts.append(rows[places] + 0.5 * draw.normal(size=(size, CEPSTRA)))
        starts.append(done * HOP_S)
        done += size
    return np.concatenate(parts).astype(np.float32), np.array(starts)


def noise(seed: int, seconds: float) -> Rows:
    return np.concatenate(speech(seed, 200))[: round(seconds / HOP_S)]


def test_an_uneven_reading_is_followed_to_a_fifth_of_a_second() -> None:
    text = speech(1)
    heard, starts = read(text, 2, pace=1.4)
    found = align(heard, text)
    assert np.abs(found.starts - starts).max() <= 0.2
    assert (found.ends[:-1] <= starts[1:] + 0.3).all()


def test_what_is_no_text_is_left_uncovered_before_between_and_behind() -> None:
    text = speech(3)
    one, first = read(text[:20], 4)
    two, second = read(text[20:], 5)
    heard = np.concatenate([noise(6, 20.0), one, noise(7, 12.0), two, noise(8, 15.0)])
    second += 32.0 + len(one) * HOP_S
    found = align(heard, text)
    truth = np.append(first + 20.0, second)
    assert np.median(np.abs(found.starts - truth)) <= 0.1
    assert np.abs(found.starts - truth).max() <= 1.0
    assert found.ends[-1] <= (len(heard) - len(noise(8, 15.0))) * HOP_S + 1.0


def test_a_sentence_left_out_is_not_found_and_one_read_twice_counts_once() -> None:
    text = speech(9)
    kept = [*range(0, 12), *range(13, 25), 24, *range(25, 40)]
    heard, starts = read([text[i] for i in kept], 10)
    found = align(heard, text)
    assert np.isnan(found.starts[12])
    for place, number in enumerate(kept):
        if number not in (11, 12, 13, 24):
            assert abs(found.starts[number] - starts[place]) <= 0.3
    twice = [starts[place] for place, number in enumerate(kept) if number == 24]
    assert min(abs(found.starts[24] - time) for time in twice) <= 0.3


def test_a_page_left_out_does_not_upset_the_level_of_what_is_no_text() -> None:
    # over all of the text there would be no path near the guess, and an infinite level, by which nothing is text
    text = speech(18, 60)
    heard, _ = read([*text[:20], *text[40:]], 19)
    whole = np.concatenate(text)
    page = sum(map(len, text[20:40]))
    place = np.linspace(0, len(whole) - page - 1, len(heard))
    guess = (place + page * (place > sum(map(len, text[:20])))).astype(np.int64)
    assert 0.1 < _ruled(heard, whole, guess, 10.0, HOP_S, SOUNDS).aside < 1.0


def test_a_long_narration_is_searched_more_coarsely_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scorer.clock.align.MOST_CELLS", 100_000)
    text = speech(14, 120)
    heard, starts = read(text, 15, pace=1.2)
    found = align(np.concatenate([noise(16, 30.0), heard]), text)
    assert np.abs(found.starts - starts - 30.0).max() <= 0.3


def test_another_text_fits_worse_than_ones_own() -> None:
    text = speech(11)
    heard, _ = read(text, 12)
    assert align(heard, text).fit > 2 * abs(align(heard, speech(13)).fit)


def test_cepstra_come_twenty_a_second_and_do_not_hang_on_the_blocks() -> None:
    draw = np.random.default_rng(0)
    samples = draw.normal(size=int(3.3 * SAMPLE_RATE)).astype(np.float32) * 0.1
    whole = cepstra([samples])
    assert whole.shape == (66, CEPSTRA)
    pieces = cepstra(np.array_split(samples, [11, 5_000, 20_000]))
    np.testing.assert_allclose(whole, pieces, atol=1e-4)
    long = np.tile(samples, 40)
    np.testing.assert_allclose(cepstra([long]), cepstra(np.array_split(long, 7)), atol=1e-4)


def recording(name: str) -> Recording:
    return Recording(Path(name), (Stretch(Path(name)),), SAMPLE_RATE, 1, None)


def tale(count: int) -> Book:
    sentences = tuple(Sentence(0, 10 * i, 10 * i + 9, f"Number {i}.") for i in range(count))
    return Book("Tale", "", "en", (Chapter(0, "One", "", "", sentences),), ())


def test_sentences_that_were_not_found_lie_between_their_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Aligned(np.array([9.0, np.nan, np.nan, 30.0, 28.0]), np.array([14.0, np.nan, np.nan, 33.0, 40.0]), 0.4)
    clock = faked(monkeypatch, found, seconds=60.0)
    assert (clock.source, clock.unread) == ("warping", 2)
    assert clock.borders[0] == 9.0  # nine seconds of something else come first
    assert clock.borders[-1] == 40.0  # and twenty behind
    assert (np.diff(clock.borders) >= 0.0).all()
    assert clock.borders[3] == clock.borders[4] == 28.0
    assert 9.0 < clock.borders[1] < clock.borders[2] < 28.0


def test_short_edges_belong_to_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Aligned(np.array([0.6, 10.0, 20.0, 30.0, 40.0]), np.array([9.0, 19.0, 29.0, 39.0, 58.0]), 0.4)
    clock = faked(monkeypatch, found, seconds=60.0)
    assert (clock.borders[0], clock.borders[-1]) == (0.0, 60.0)


def faked(monkeypatch: pytest.MonkeyPatch, found: Aligned, *, seconds: float, **options: bool) -> clocks.Clock:
    monkeypatch.setattr(clocks, "has_espeak", lambda: True)
    monkeypatch.setattr(clocks, "read_aloud", lambda *_: [])
    monkeypatch.setattr(clocks, "_heard", lambda _: np.zeros((0, CEPSTRA), np.float32))
    monkeypatch.setattr(clocks, "align", lambda *_, **__: found)
    return read_clock(tale(len(found.starts)), recording("narration.wav"), seconds, **options)


def test_a_narration_of_another_book_is_refused_unless_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Aligned(np.arange(5.0), np.arange(1.0, 6.0), 0.03)
    with pytest.raises(ClockError, match=r"narration\.wav: does not fit the text of 'Tale' \(fit 0\.03.*--force"):
        faked(monkeypatch, found, seconds=60.0)
    forced = faked(monkeypatch, found, seconds=60.0, force=True)
    assert forced.source == "position"
    assert "does not fit it (fit 0.03)" in forced.describe()


def test_without_espeak_warping_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "has_espeak", lambda: False)
    with pytest.raises(ClockError, match="espeak-ng"):
        read_clock(tale(3), recording("n.wav"), 30.0, source="warping")


def test_without_espeak_pauses_tell_where_sentences_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(21)
    texts = [" ".join(["word"] * int(draw.integers(3, 30))) + "." for _ in range(60)]
    heard, starts = [np.full(40, -5.0)], []
    for text in texts:
        starts.append(sum(map(len, heard)) * HOP_S)
        spoken = round(len(text) / 13.0 / HOP_S * draw.uniform(0.85, 1.2))
        heard += [5.0 + draw.normal(size=spoken), -5.0 + draw.normal(size=int(draw.integers(6, 16)))]
    rows = np.zeros((sum(map(len, heard)), CEPSTRA), np.float32)
    rows[:, 0] = np.concatenate(heard)
    monkeypatch.setattr(clocks, "has_espeak", lambda: False)
    monkeypatch.setattr(clocks, "_heard", lambda _: rows)
    sentences = tuple(Sentence(0, 0, 0, text) for text in texts)
    book = Book("Tale", "", "en", (Chapter(0, "One", "", "", sentences),), ())
    clock = read_clock(book, recording("n.wav"), len(rows) * HOP_S)
    assert clock.source == "pauses"
    errors = np.abs(clock.borders[1:-1] - np.array(starts[1:]))
    assert np.median(errors) <= 0.3
    guess = clocks.sentence_borders(book, len(rows) * HOP_S)
    assert np.median(errors) < 0.5 * np.median(np.abs(guess[1:-1] - np.array(starts[1:])))


def rhythmic(seed: int) -> tuple[list[str], Rows]:
    """Return sentences of invented words, and a reading of them by what pauses and letters tell, at an uneven pace."""
    draw = np.random.default_rng(seed)
    sounds = ["s", "sh", "ch", "a", "ou", "ee", "m", "n", "t", "r", "l", "v", "ss", "z"]
    words = [" ".join("".join(draw.choice(sounds, 4)) for _ in range(draw.integers(4, 14))) for _ in range(16)]
    texts = [text + "." for text in words]
    heard = []
    for rows in read_rhythm(texts):
        places = np.linspace(0, len(rows) - 1, round(len(rows) * draw.uniform(0.9, 1.4))).round().astype(int)
        heard.append(rows[places])
    rows = np.zeros((sum(map(len, heard)), CEPSTRA), np.float32)
    rows[:, :2] = np.concatenate(heard) * [5.0, 1.0] + draw.normal(0, 0.5, (len(rows), 2))
    return texts, rows


def test_pauses_and_letters_of_another_book_are_refused_unless_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    (texts, _), (others, heard) = rhythmic(31), rhythmic(32)
    monkeypatch.setattr(clocks, "has_espeak", lambda: False)
    monkeypatch.setattr(clocks, "_heard", lambda _: heard)
    book, own = (
        Book("Tale", "", "en", (Chapter(0, "One", "", "", tuple(Sentence(0, 0, 0, one) for one in some)),), ())
        for some in (texts, others)
    )
    seconds = len(heard) * HOP_S
    assert seconds > 45.0
    clock = read_clock(own, recording("n.wav"), seconds)
    assert (clock.source, clock.unread) == ("pauses", 0)
    assert (clock.fit or 0.0) > 0.1
    with pytest.raises(ClockError, match=r"does not fit the text of 'Tale' \(fit -?0\.0.*--force"):
        read_clock(book, recording("n.wav"), seconds, source="pauses")
    assert read_clock(book, recording("n.wav"), seconds, force=True).source == "position"


def test_a_short_text_of_which_much_is_unread_is_followed() -> None:
    text = speech(41, 13)
    heard, starts = read(text[5:], 42, pace=1.3)
    found = align(heard, text)
    assert np.abs(found.starts[5:] - starts).max() <= 0.5
    assert found.fit > 0.1


def test_hisses_and_vowels_tell_where_there_are_no_pauses() -> None:
    text = ["She sells sea shells", "on a moon mountain", "Six sick chicks", "we allow a loan"]
    rows = read_rhythm(text)
    assert all((part[:, 0] == 1.0).any() and part[-1, 0] == -1.0 for part in rows)
    tilts = [part[part[:, 0] > 0, 1].mean() for part in rows]
    assert tilts[0] < 0 < tilts[1]
    assert tilts[2] < 0 < tilts[3]
    silent = heard_rhythm(np.full((50, CEPSTRA), -3.0, np.float32))
    assert silent.shape == (50, 2)
    assert not silent[:, 1].any()


def test_the_sonnets_pauses_alone_tell_its_lines(shared_data: Path) -> None:
    sonnet, truth = marked_sonnet(shared_data)
    clock = read_clock(
        sonnet, open_recording(shared_data / "narration" / "sonnets" / "p001.mp3"), 53.27, source="pauses"
    )
    errors = np.abs(clock.borders[:-1] - truth)
    assert np.median(errors) <= 0.15
    assert np.quantile(errors, 0.95) <= 1.0


def marked_sonnet(data: Path) -> tuple[Book, NDArray[np.float64]]:
    """Sonnet 1 by its lines, and where a person has heard them begin."""
    text = (data / "narration" / "sonnets" / "syncmap_sonnet001.txt").read_text(encoding="utf-8")
    rows = [row for line in text.splitlines() if len(row := line.split(" ", 3)) == 4]
    lines = tuple(Sentence(0, 0, 0, row[3].strip('"')) for row in rows)
    return Book("Sonnet 1", "", "en", (Chapter(0, "1", "", "", lines),), ()), np.array([float(row[1]) for row in rows])


@needs_espeak
def test_a_language_that_espeak_does_not_know_is_read_as_english() -> None:
    for tag in ("xx-unknown", "", "en-GB"):
        assert len(read_aloud(["It rained all night."], tag)[0]) > 20


@needs_espeak
def test_the_examples_narration_fits_its_story_and_not_another_book(shared_data: Path) -> None:
    story = read_book(EXAMPLES / "three-strokes-and-a-rest.epub")
    clock = read_clock(story, open_recording(EXAMPLES / "narration.ogg"), 683.0)
    assert clock.unread <= 3
    assert (clock.fit or 0.0) > 0.3
    sonnets = shared_data / "narration" / "sonnets"
    with pytest.raises(ClockError, match="does not fit"):
        read_clock(story, open_recording(sonnets / "p001.mp3"), 53.0)


@needs_espeak
def test_a_sonnet_read_by_a_person_is_followed_as_a_person_has_marked_it(shared_data: Path) -> None:
    sonnet, truth = marked_sonnet(shared_data)
    clock = read_clock(sonnet, open_recording(shared_data / "narration" / "sonnets" / "p001.mp3"), 53.27)
    errors = np.abs(clock.borders[:-1] - truth)
    assert np.median(errors) <= 0.15
    assert np.quantile(errors, 0.95) <= 1.0
