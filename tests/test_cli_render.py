import json
import os
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from scorer.book import read_book
from scorer.cli import cli
from scorer.cues.cue import Cue
from scorer.cues.formats import write_cues

RATE = 16_000
TEXT = "It rained all day, and nobody came. The old man sat by the fire. " * 6


def write(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return path


def read(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as source:
        return np.frombuffer(source.readframes(source.getnframes()), dtype="<i2").reshape(-1, source.getnchannels())


def noise(seconds: float, channels: int) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 3000, (round(seconds * RATE), channels)).clip(-32768, 32767)


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Return a folder with a book of 12 sentences, a narration of 40 s, a track and a cue sheet."""
    book = tmp_path / "book.txt"
    book.write_text(TEXT, encoding="utf-8")
    write(tmp_path / "narration.wav", noise(40, 1))
    write(tmp_path / "rain.wav", noise(15, 2))
    sentences = len(read_book(book).sentences)
    write_cues(
        tmp_path / "cues.csv",
        [cue(1, 1, 5, str(tmp_path / "rain.wav")), cue(2, 6, sentences, "")],
    )
    return tmp_path


def cue(number: int, first: int, last: int, track: str) -> Cue:
    return Cue(
        cue=number,
        chapter=1,
        chapter_title="",
        first_sentence=first,
        last_sentence=last,
        start_s=10.0 * (number - 1),
        end_s=10.0 * number,
        track=track,
        track_start_s=0.0,
        mood="sad",
        valence=0.5,
        arousal=0.5,
        score=0.9,
        margin=0.1,
        alternatives=(),
        excerpt="",
    )


def render(room: Path, *options: str, out: str = "mix.wav", narration: str = "narration.wav") -> Result:
    where = ["--narration", str(room / narration), "--cues", str(room / "cues.csv"), "-o", str(room / out)]
    return CliRunner().invoke(cli, ["render", str(room / "book.txt"), "--clock", "position", *where, *options])


def test_a_mix_is_written_and_its_path_printed(room: Path) -> None:
    result = render(room)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{room / 'mix.wav'}\n"
    assert "LU below" in result.stderr
    words, out = read(room / "narration.wav"), read(room / "mix.wav")
    assert out.shape == (len(words), 2)
    assert (out[: 5 * RATE].astype(int) - words[: 5 * RATE]).any()
    assert not (out[-10 * RATE :].astype(int) - words[-10 * RATE :]).any()


def test_json_gives_the_figures(room: Path) -> None:
    figures = json.loads(render(room, "--json", "--music-level", "14").stdout)
    assert figures["clock"] == {"source": "position", "fit": None, "sentences_not_found": 0}
    assert figures["seconds"] == 40.0
    assert figures["cues"] == 2
    assert figures["tracks"] == 1
    assert figures["distance_lu"] == pytest.approx(14.0, abs=1.0)
    assert figures["speech_lufs"] - figures["bed_lufs"] == pytest.approx(figures["distance_lu"], abs=0.02)
    assert figures["silent_for_want_of_a_track"] == []
    assert figures["times_real_time"] > 0


def test_a_missing_track_is_named_last_and_its_cue_is_silent(room: Path) -> None:
    sentences = len(read_book(room / "book.txt").sentences)
    cues = [cue(1, 1, 3, str(room / "rain.wav")), cue(2, 4, sentences, str(room / "gone.ogg"))]
    write_cues(room / "cues.csv", cues)
    result = render(room)
    assert result.exit_code == 0, result.output
    assert "cue 2 is silent" in result.stderr
    assert "gone.ogg: no such file" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("1 cue silent for want of a track")


def test_tracks_may_be_named_from_the_cue_sheet_on(room: Path) -> None:
    sentences = len(read_book(room / "book.txt").sentences)
    write_cues(room / "cues.csv", [cue(1, 1, sentences, "rain.wav")])
    figures = json.loads(render(room, "--json").stdout)
    assert figures["tracks"] == 1


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("mix.xyz", ".wav, .flac, .mp3, .ogg, .opus, .m4b"),
        ("mix", ".wav, .flac, .mp3, .ogg, .opus, .m4b"),
        ("nowhere/mix.wav", "no such folder"),
        ("narration.wav", "another name"),
        ("rain.wav", "another name"),
    ],
)
def test_a_bad_output_is_told_and_nothing_is_touched(room: Path, out: str, message: str) -> None:
    before = {path.name: path.read_bytes() for path in room.iterdir()}
    result = render(room, out=out)
    assert result.exit_code == 2
    assert message in result.stderr
    assert {path.name: path.read_bytes() for path in room.iterdir()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_told_at_once(room: Path) -> None:
    (room / "locked").mkdir(mode=0o500)
    result = render(room, out="locked/mix.wav")
    assert result.exit_code == 2
    assert "cannot write there" in result.stderr


@pytest.mark.parametrize("content", [None, b"", b"this is no sound at all"])
def test_a_narration_that_does_not_decode_is_told(room: Path, content: bytes | None) -> None:
    if content is not None:
        (room / "broken.mp3").write_bytes(content)
    result = render(room, narration="broken.mp3")
    assert result.exit_code == 2
    assert "broken.mp3" in result.stderr
    assert not (room / "mix.wav").exists()


def test_a_cue_sheet_of_another_book_is_told(room: Path) -> None:
    write_cues(room / "cues.csv", [cue(1, 1, 500, "")])
    result = render(room)
    assert result.exit_code == 2
    assert "is it the cue sheet of this book" in result.stderr


def test_an_unlikely_narration_is_mixed_with_a_warning(room: Path) -> None:
    (room / "book.txt").write_text(TEXT * 20, encoding="utf-8")
    sentences = len(read_book(room / "book.txt").sentences)
    write_cues(room / "cues.csv", [cue(1, 1, sentences, str(room / "rain.wav"))])
    result = render(room)
    assert result.exit_code == 0
    assert "words a minute" in result.stderr


def test_stopping_leaves_nothing_behind(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    before = sorted(path.name for path in room.iterdir())
    monkeypatch.setattr("scorer.mix.mixer.mixed", interrupted)
    assert render(room).exit_code == 130
    assert sorted(path.name for path in room.iterdir()) == before


def test_the_cue_keeps_its_own_place(room: Path) -> None:
    sheet = [cue(1, 1, 5, str(room / "rain.wav"))]
    sentences = len(read_book(room / "book.txt").sentences)
    write_cues(room / "cues.csv", [*sheet, replace(cue(2, 6, sentences, str(room / "rain.wav")), track_start_s=7.0)])
    assert json.loads(render(room, "--json").stdout)["cues"] == 2


def test_without_a_sheet_and_an_index_the_way_on_is_told(room: Path) -> None:
    files = ["--narration", str(room / "narration.wav"), "-o", str(room / "mix.wav"), "--index", str(room / "none")]
    result = CliRunner().invoke(cli, ["render", str(room / "book.txt"), "--clock", "position", *files])
    assert result.exit_code == 2
    assert "no index there yet" in result.stderr
    assert not (room / "mix.wav").exists()
