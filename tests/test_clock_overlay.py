"""Narrations that a book carries, narrations in pieces, and their chapters."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from scorer.audio.ffmpeg import ffmpeg_program
from scorer.audio.metadata import Mark, format_metadata, read_metadata
from scorer.audio.recording import Recording, Stretch, open_recording, stream_recording
from scorer.book import Book, Chapter, Sentence, read_book
from scorer.book.epub import extract
from scorer.book.overlay import Clip, clock_value, read_overlay
from scorer.cli import cli
from scorer.cli.mixing import Spoken, clock_at_once, find_clock
from scorer.clock import Clock, Source, narrated, read_clock
from scorer.clock.marks import anchors_of
from scorer.clock.memory import remember, remembered
from scorer.cues.formats import write_cues
from scorer.errors import AudioError, ClockError
from tests import epubs
from tests.test_cli_render import cue
from tests.test_mix_mixer import pcm, write

RATE = 16_000
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not on PATH")


def tone(seconds: float, level: int = 3000) -> np.ndarray:
    return np.random.default_rng(3).normal(0, level, (round(seconds * RATE), 1)).clip(-32768, 32767)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:00:29.268", 29.268),
        ("1:02:03", 3723.0),
        ("02:30.5", 150.5),
        ("62.5s", 62.5),
        ("1.5min", 90.0),
        ("500ms", 0.5),
        ("2h", 7200.0),
        ("7", 7.0),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_clock_values_are_those_of_smil(text: str | None, seconds: float | None) -> None:
    assert clock_value(text) == (None if seconds is None else pytest.approx(seconds))


def clips(*times: tuple[str, float, float | None]) -> list[Clip]:
    return [Clip(f"Sentence number {n}.", audio, start, end) for n, (audio, start, end) in enumerate(times, 1)]


def test_what_a_reading_system_plays_is_the_narration(tmp_path: Path) -> None:
    files = {name: write(tmp_path / f"{name}.wav", tone(20)) for name in ("a", "b")}
    found = clips(
        ("a", 5.0, 8.0), ("a", 8.0, None), ("a", 10.0, 12.0), ("b", 2.0, 99.0), ("b", 30.0, 31.0), ("a", 1.0, 3.0)
    )
    recording, timed = narrated(tmp_path / "x.epub", found, files)
    assert [(one.path.stem, one.start_s, one.end_s) for one in recording.stretches] == [
        ("a", 5.0, 12.0),
        ("b", 2.0, 20.0),
        ("a", 1.0, 3.0),
    ]
    assert [(one.start, one.end) for one in timed] == [(0, 3), (3, 5), (5, 7), (7, 25), (25, 27)]
    sound = np.concatenate(list(stream_recording(recording, sample_rate=RATE, channels=1, block_s=1.0)))
    a = pcm(files["a"], 1)
    np.testing.assert_array_equal(sound[: 7 * RATE], a[5 * RATE : 12 * RATE])
    np.testing.assert_array_equal(sound[-2 * RATE :], a[1 * RATE : 3 * RATE])
    with pytest.raises(ClockError, match="carries no narration"):
        narrated(tmp_path / "x.epub", clips(("a", 21.0, None)), files)


def test_the_w3c_overlays_are_followed(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "books/media-overlays/mol-timing-synchronization_multiple_audio.epub"
    found = read_overlay(path)
    assert [(clip.start_s, clip.end_s) for clip in found] == [
        (29.268, 44.783),
        (44.783, 50.45),
        (50.45, 87.85),
        (0.0, 18.5),
    ]
    recording, timed = narrated(path, found, extract(path, {clip.audio: None for clip in found}, tmp_path))
    book = read_book(path)
    clock = read_clock(book, recording, recording.seconds(), overlay=timed)
    assert clock.source == "overlay"
    for clip, one in zip(found, timed, strict=True):
        number = next(n for n, each in enumerate(book.sentences) if clip.text.startswith(each.text[:40]))
        assert clock.borders[number] == pytest.approx(one.start, abs=0.05)
    assert clock.borders[-1] <= recording.seconds()


@pytest.mark.parametrize("source", [pytest.param("warping", marks=needs_espeak), "pauses"])
def test_the_w3c_overlays_narration_is_found_in_its_text_of_which_much_is_unread(
    shared_data: Path, tmp_path: Path, source: Source
) -> None:
    path = shared_data / "books/media-overlays/mol-timing-synchronization_multiple_audio.epub"
    clips = read_overlay(path)
    recording, timed = narrated(path, clips, extract(path, {clip.audio: None for clip in clips}, tmp_path))
    book = read_book(path)
    clock = read_clock(book, recording, recording.seconds(), source=source)
    texts = [each.text for each in book.sentences]
    firsts = [next(n for n, text in enumerate(texts) if clip.text.startswith(text[:40])) for clip in timed]
    assert clock.source == source
    assert not clock.found[: firsts[0]].any()
    errors = np.abs(clock.borders[firsts] - [clip.start for clip in timed])
    assert np.median(errors) <= 0.5
    assert errors.max() <= 2.5  # the first clip begins with a breath


def test_an_epub_that_carries_its_narration_needs_no_other(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "books/media-overlays/mol-audio.epub"
    track = write(tmp_path / "m.wav", tone(40).repeat(2, axis=1))
    sentences = len(read_book(path).sentences)
    write_cues(tmp_path / "cues.csv", [cue(1, 1, sentences, str(track))])
    options = ["--cues", str(tmp_path / "cues.csv"), "-o", str(tmp_path / "mix.wav")]
    result = CliRunner().invoke(cli, ["render", str(path), *options])
    assert result.exit_code == 0, result.output
    assert "media overlay" in result.stderr
    assert open_recording(tmp_path / "mix.wav").seconds() == pytest.approx(44.783 - 29.268, abs=0.01)


def test_a_book_without_a_narration_of_its_own_asks_for_one(tmp_path: Path) -> None:
    book = tmp_path / "book.epub"
    epubs.write(book, epubs.members({"one.xhtml": epubs.page("<h1>One</h1><p>It rained all night. Nobody came.</p>")}))
    write_cues(tmp_path / "cues.csv", [cue(1, 1, 1, "")])
    result = CliRunner().invoke(cli, ["render", str(book), "--cues", str(tmp_path / "cues.csv")])
    assert result.exit_code == 2
    assert "--narration" in result.stderr


def test_a_sonnets_smil_beside_its_narration_is_read(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "narration/sonnets"
    shutil.copy(folder / "p001.mp3", tmp_path)
    shutil.copy(folder / "syncmap_sonnet001.smil", tmp_path / "p001.smil")
    rows = (folder / "syncmap_sonnet001.txt").read_text(encoding="utf-8").splitlines()
    truth = [(row[0], float(row[1]), row[3].strip('"')) for line in rows if len(row := line.split(" ", 3)) == 4]
    spans = "".join(f'<span id="{name}">{text}</span><br/>' for name, _, text in truth)
    (tmp_path / "sonnet001.xhtml").write_text(epubs.page(f"<p>{spans}</p>"), encoding="utf-8")
    lines = tuple(Sentence(0, 0, 0, text) for _, _, text in truth)
    book = Book("Sonnet 1", "", "en", (Chapter(0, "1", "", "", lines),), ())
    clock = read_clock(book, open_recording(tmp_path / "p001.mp3"), 53.27)
    assert clock.source == "alignment"
    assert clock.borders[1:-1] == pytest.approx([time for _, time, _ in truth[1:]], abs=0.05)


def book_of(*titles: str) -> Book:
    chapters = tuple(
        Chapter(n, title, "", "", tuple(Sentence(n, 10 * i, 10 * i + 9, "So it was.") for i in range(10)))
        for n, title in enumerate(titles)
    )
    return Book("Tale", "", "en", chapters, ())


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (("Track 1", "Track 2", "Track 3"), [0, 10, 20]),  # as many: one for one
        (("Opening Credits", "01", "02", "03", "End Credits"), [10, 20, 30]),  # less the credits
        (("Preface to it all", "Chapter I. The Storm", "II - The Well"), [10, 20]),  # by number and by title
        (("Something", "else"), None),
        ((), None),
    ],
)
def test_marks_are_matched_with_chapters(titles: tuple[str, ...], expected: list[int] | None) -> None:
    book = book_of("Chapter 1: The Storm", "Chapter 2: The Well", "Chapter 3: Home")
    marks = [Mark(10.0 * n, title) for n, title in enumerate(titles)]
    found = anchors_of(book, marks)
    if expected is None:
        assert found == []
    else:
        assert [time for _, time in found] == expected
        assert [sentence for sentence, _ in found] == [0, 10, 20][: len(expected)]


def test_chapters_of_the_narration_hold_the_position_in_place() -> None:
    book = book_of("One", "Two", "Three")
    marks = (Mark(4.0, "One"), Mark(50.0, "Two"), Mark(60.0, "Three"))
    recording = Recording(Path("n.m4b"), (Stretch(Path("n.m4b")),), RATE, 1, 100.0, marks)
    clock = read_clock(book, recording, 100.0, source="chapters")
    assert clock.source == "chapters"
    assert clock.borders[[0, 10, 20, 30]] == pytest.approx([4.0, 50.0, 60.0, 100.0], abs=0.01)
    assert clock.confidence(0, 10) == 0.0
    with pytest.raises(ClockError, match="no chapters"):
        read_clock(book, Recording(Path("n.wav"), (), RATE, 1, 100.0), 100.0, source="chapters")


def test_tags_and_chapters_come_back_as_they_were(tmp_path: Path) -> None:
    sound = write(tmp_path / "n.wav", tone(10))
    marks = [Mark(0.0, "One; two = #three"), Mark(4.5, "Back\\slash"), Mark(7.25, "Zwölf")]
    (tmp_path / "m.txt").write_text(format_metadata({"title": "A\nB"}, marks, 10.0), encoding="utf-8")
    command = [ffmpeg_program(), "-v", "error", "-i", str(sound), "-i", str(tmp_path / "m.txt"), "-map_metadata", "1"]
    subprocess.run([*command, "-c:a", "aac", str(tmp_path / "n.m4a")], check=True)
    assert read_metadata(tmp_path / "n.m4a").marks == tuple(marks)
    assert read_metadata(tmp_path / "nothing.mp3").marks == ()
    recording = open_recording(tmp_path / "n.m4a")
    assert [mark.title for mark in recording.marks] == [mark.title for mark in marks]


def test_folders_and_sheets_without_sound_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(AudioError, match="no sound file"):
        open_recording(tmp_path / "empty")
    (tmp_path / "x.cue").write_text("REM nothing", encoding="utf-8")
    with pytest.raises(AudioError, match="no CUE sheet"):
        open_recording(tmp_path / "x.cue")
    (tmp_path / "y.cue").write_text('FILE "gone.wav" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00', encoding="utf-8")
    with pytest.raises(AudioError, match=r"gone\.wav: no such file"):
        open_recording(tmp_path / "y.cue")


def test_a_piece_of_a_recording_is_cut_across_files(tmp_path: Path) -> None:
    sounds = [write(tmp_path / f"{n}.wav", tone(5, 1000 * n)) for n in (1, 2, 3)]
    piece = open_recording(tmp_path).piece(3.0, 11.0)
    found = np.concatenate(list(stream_recording(piece, sample_rate=RATE, channels=1, block_s=1.7)))
    whole = np.concatenate([pcm(path, 1) for path in sounds])
    np.testing.assert_array_equal(found, whole[3 * RATE : 11 * RATE])


def test_a_clock_is_remembered_until_the_narration_or_the_text_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = write(tmp_path / "n.wav", tone(10))
    spoken, book = Spoken(open_recording(path)), book_of("One", "Two")
    known = Clock(np.linspace(0.0, 10.0, 21), "pauses", np.ones(20, np.bool_))
    remember(book, spoken.recording, None, known)
    found = find_clock(book, spoken, 10.0, None, None, False)
    np.testing.assert_array_equal(found.borders, known.borders)
    assert (found.source, found.fit, found.confidence(0, 20)) == ("pauses", None, 1.0)
    assert clock_at_once(book, spoken, 10.0, None, None, False).source == "pauses"
    assert remembered(book_of("One", "Three", "Four"), spoken.recording, None) is None
    (tmp_path / "n.srt").write_text("1\n00:00:01,000 --> 00:00:09,000\n" + "So it was. " * 20, encoding="utf-8")
    assert find_clock(book, spoken, 10.0, None, None, False).source == "alignment"
    (tmp_path / "n.srt").unlink()
    write(tmp_path / "n.wav", tone(12))
    assert remembered(book, open_recording(path), None) is None
    assert clock_at_once(book, Spoken(open_recording(path)), 12.0, None, None, False).source == "position"
