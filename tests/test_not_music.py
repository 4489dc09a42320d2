"""Speech and noise in a music folder are known, and never chosen."""

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy.io import wavfile

from scorer.audio.decode import decode
from scorer.cli import cli
from scorer.library.catalogue import list_library

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
STORY = EXAMPLES / "three-strokes-and-a-rest.epub"
RATE = 16_000


def scorer(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def noises(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a minute of the narration, and one of pink noise."""
    folder = tmp_path_factory.mktemp("noises")
    speech = decode(EXAMPLES / "narration.ogg", sample_rate=RATE, start_s=60.0, seconds=60.0)
    rng = np.random.default_rng(0)
    bins = np.fft.rfftfreq(60 * RATE, 1 / RATE)
    spectrum = (rng.normal(size=len(bins)) + 1j * rng.normal(size=len(bins))) / np.sqrt(np.maximum(bins, 20.0))
    rain = np.fft.irfft(spectrum, 60 * RATE)
    for name, samples in (("speech", speech), ("rain", 0.3 * rain / np.abs(rain).max())):
        wavfile.write(folder / f"{name}.wav", RATE, (samples * 32767).astype(np.int16))
    return folder


def test_all_of_the_examples_music_is_music_and_the_rest_is_not(noises: Path, tmp_path: Path) -> None:
    assert scorer("index", EXAMPLES / "music", noises, "--index", tmp_path).exit_code == 0
    tracks, _ = list_library(tmp_path)
    others = {Path(track.path).stem for track in tracks if not track.is_music}
    assert others == {"speech", "rain"}
    listed = scorer("library", "--index", tmp_path).stdout
    assert [line.split()[0].rsplit("/", 1)[-1] for line in listed.splitlines() if line.endswith(" *")] == [
        "rain.wav",
        "speech.wav",
    ]
    result = scorer("run", STORY, "--index", tmp_path, "-o", tmp_path / "cues.csv")
    assert result.exit_code == 0, result.output
    with (tmp_path / "cues.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    named = {Path(name).stem for row in rows for name in (row["track"], *row["alternatives"].split(" | "))}
    assert not named & others


def test_a_folder_of_speech_alone_is_an_error(noises: Path, tmp_path: Path) -> None:
    assert scorer("index", noises, "--index", tmp_path).exit_code == 0
    result = scorer("run", STORY, "--index", tmp_path, "-o", tmp_path / "cues.csv")
    assert result.exit_code == 2
    assert "no music" in result.stderr
    assert not (tmp_path / "cues.csv").exists()
