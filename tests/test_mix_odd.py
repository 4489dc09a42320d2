"""Narrations as they should not be: of odd formats, damaged, silent, clipped, of another length, out of order."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from scorer.audio.ffmpeg import ffmpeg_program, probe
from scorer.cli import cli
from tests import test_mix_render
from tests.test_mix_render import RATE, figures, pcm, render, save, spoken

furnished, room = test_mix_render.furnished, test_mix_render.room


@pytest.mark.parametrize(
    ("rate", "channels", "suffix"), [(8_000, 1, ".wav"), (96_000, 2, ".flac"), (48_000, 6, ".flac"), (RATE, 1, ".mp3")]
)
def test_odd_narrations_are_mixed(room: Path, rate: int, channels: int, suffix: str) -> None:
    save(room / f"odd{suffix}", spoken(40, channels=channels, rate=rate), rate)
    found = figures(room, narration=f"odd{suffix}")
    assert found["seconds"] == pytest.approx(40.0, abs=0.1)
    assert probe(room / "mix.wav")[1:] == (rate, max(2, channels))


def test_a_narration_with_a_wrong_suffix_is_read_and_a_cut_one_named(room: Path) -> None:
    save(room / "whole.flac", spoken(60))
    data = (room / "whole.flac").read_bytes()
    (room / "cut.mp3").write_bytes(data[: len(data) // 2])
    result = render(room, narration="cut.mp3")
    assert result.exit_code == 0, result.output
    assert "cut.mp3: only" in result.stderr
    assert "may be cut off" in result.stderr


def test_a_variable_bit_rate_without_a_length_in_its_header_is_read_whole(room: Path) -> None:
    save(room / "whole.wav", np.concatenate([spoken(40), 1e-4 * spoken(50)]))
    options = ["-c:a", "libmp3lame", "-q:a", "6", "-write_xing", "0"]
    command = [ffmpeg_program(), "-loglevel", "error", "-i", str(room / "whole.wav"), *options]
    subprocess.run([*command, str(room / "variable.mp3")], check=True)
    result = render(room, "--json", narration="variable.mp3")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["seconds"] == pytest.approx(90.0, abs=0.2)
    assert "cut off" not in result.stderr


@pytest.mark.parametrize(("seconds", "said"), [(8, "words a minute"), (300, "words a minute")])
def test_a_narration_much_shorter_or_longer_than_the_book_is_mixed_with_a_warning(
    room: Path, seconds: float, said: str
) -> None:
    save(room / "other.flac", spoken(seconds))
    result = render(room, "--json", narration="other.flac")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["seconds"] == pytest.approx(seconds, abs=0.01)
    assert said in result.stderr


def test_a_silent_narration_is_refused_in_one_line(room: Path) -> None:
    save(room / "silent.wav", np.zeros((20 * RATE, 1)))
    result = render(room, narration="silent.wav")
    assert result.exit_code == 2
    assert [line for line in result.stderr.splitlines() if "silent.wav: silent" in line]
    assert not (room / "mix.wav").exists()


def test_a_clipped_narration_is_as_it_was_and_a_preset_brings_it_under_its_peak(room: Path) -> None:
    save(room / "clipped.wav", np.clip(40.0 * spoken(40), -1.0, 1.0))
    assert render(room, "--stems", narration="clipped.wav").exit_code == 0
    np.testing.assert_array_equal(pcm(room / "mix-speech.wav", 1), pcm(room / "clipped.wav", 1))
    [file] = figures(room, "--preset", "podcast", narration="clipped.wav", out="loud.wav")["files"]
    assert all(rule["passed"] for rule in file["rules"])


def test_chapters_out_of_order_are_named(room: Path) -> None:
    titles = zip(("Home", "The Well", "Rain"), ("00:00:00", "00:30:00", "01:00:00"), strict=True)
    tracks = "".join(f'TRACK 01 AUDIO\nTITLE "{title}"\nINDEX 01 {time}\n' for title, time in titles)
    (room / "narration.cue").write_text(f'FILE "narration.wav" WAVE\n{tracks}', encoding="utf-8")
    result = render(room)
    assert result.exit_code == 0, result.output
    assert "chapters are not in the book's order: " in result.stderr
    where = ["--narration", str(room / "narration.wav"), "--cues", str(room / "cues.csv"), "-o", str(room / "mix.wav")]
    result = CliRunner().invoke(cli, ["render", str(room / "book.md"), "--clock", "chapters", *where])
    assert result.exit_code == 2
    assert "no chapters that could be matched" in result.stderr
