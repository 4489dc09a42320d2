import json
import os
import wave
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from scorer.cli import cli
from scorer.cli.index import report
from scorer.emotion import MOODS
from scorer.library.indexer import Summary
from scorer.library.track import Failure


def tone(path: Path, seconds: float, hz: float) -> Path:
    """Write a chord that beats, so that there is something to hear."""
    time = np.arange(int(seconds * 16000)) / 16000
    samples = sum(np.sin(2 * np.pi * hz * ratio * time) for ratio in (1, 1.26, 1.5)) * np.sin(4 * time)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, len(samples), "NONE", ""))
        file.writeframes((samples * 8000).astype("<i2").tobytes())
    return path


def scorer(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index two tracks and a broken one with the real encoder."""
    home = tmp_path_factory.mktemp("library")
    (home / "music").mkdir()
    tone(home / "music" / "one.wav", 12, 220)
    tone(home / "music" / "two\nlines é.wav", 25, 440)
    (home / "music" / "broken.mp3").write_bytes(b"no music at all")
    result = scorer("index", home / "music", "--index", home / "index")
    assert result.exit_code == 0, result.output
    (home / "said.txt").write_text(result.stderr, encoding="utf-8")
    assert result.stdout == ""
    return home


def test_index_says_what_it_did_and_names_what_it_could_not(library: Path) -> None:
    said = (library / "said.txt").read_text(encoding="utf-8").splitlines()
    assert said[0].startswith(f"not indexed: {library}/music/broken.mp3: ")
    assert "2 indexed, 0 unchanged, 1 failed, 0 removed" in said
    assert said[-1] == f"2 tracks in {library}/index"


def test_a_second_run_has_nothing_to_do(library: Path) -> None:
    result = scorer("index", library / "music", "--index", library / "index")
    assert result.exit_code == 0
    assert "not tried again: 1 that failed before" in result.stderr
    assert "0 indexed, 2 unchanged, 1 failed, 0 removed" in result.stderr


def test_library_lists_tracks_as_json(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCORER_INDEX", str(library / "index"))
    lines = [json.loads(line) for line in scorer("library", "--json").stdout.splitlines()]
    assert all(list(line) == ["path", "seconds", "clips", "valence", "arousal", "moods", "error"] for line in lines)
    one, two, broken = lines
    assert one["path"] == str(library / "music" / "one.wav")
    assert two["path"] == str(library / "music" / "two\nlines é.wav")
    assert (two["seconds"], two["clips"], two["error"]) == (25, 3, None)
    assert list(one["moods"]) == list(MOODS)
    assert sum(one["moods"].values()) == pytest.approx(1, abs=0.001)
    assert 0 < one["valence"] < 1
    assert 0 < one["arousal"] < 1
    assert broken["error"]
    assert broken["moods"] is None


def test_nothing_to_index_exits_2(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "bad.flac").touch()
    result = scorer("index", tmp_path / "music", "--index", tmp_path / "index")
    assert result.exit_code == 2
    assert "bad.flac: the file is empty" in result.stderr
    assert result.stderr.splitlines()[-1].endswith("nothing there that could be indexed, so the index is empty")


def test_what_adds_nothing_to_an_index_exits_2(library: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    asked = [tmp_path / "none"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.wav")
        asked.append(tmp_path / "pipe.wav")
    for path in asked:
        result = scorer("index", path, "--index", library / "index")
        assert result.exit_code == 2
        assert result.stderr.splitlines()[-1].endswith(
            f"{path}: nothing there that could be indexed, so the index stays as it was"
        )


def test_a_path_that_does_not_exist_exits_2(tmp_path: Path) -> None:
    result = scorer("index", tmp_path / "nowhere", "--index", tmp_path / "index")
    assert result.exit_code == 2
    assert "nowhere: no such file or folder" in result.stderr


def test_many_failures_are_not_all_named() -> None:
    failures = tuple(Failure(f"/m/{number}.mp3", "broken") for number in range(30))
    lines = report(Summary(0, 0, 0.0, 0, 0, 0, 0, 0, 0, failures, 0, 0), 1.0)
    assert lines[20:] == [
        "not indexed: 10 more; see `scorer library`",
        "0 indexed, 0 unchanged, 30 failed, 0 removed",
    ]
