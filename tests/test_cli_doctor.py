import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scorer.audio import ffmpeg
from scorer.cli import cli
from scorer.nets import registry

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def doctor(index: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", "--index", str(index), *arguments])


def states(result: Result) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in json.loads(result.stdout):
        found.setdefault(row["name"], set()).add(row["state"])
    return found


def test_a_machine_that_has_all_is_well_even_without_an_index(tmp_path: Path) -> None:
    result = doctor(tmp_path / "none")
    assert result.exit_code == 0, result.output
    assert "scorer index" in result.stdout
    for name in ("scorer", "packages", "ffmpeg", "espeak-ng", "device", "model", "index", "disk"):
        assert f" {name} " in result.stdout
    assert states(doctor(tmp_path / "none", "--json"))["index"] == {"note"}


def test_a_damaged_index_and_one_that_is_no_index_are_broken(tmp_path: Path) -> None:
    CliRunner().invoke(cli, ["index", str(EXAMPLES / "music" / "market-morning.ogg"), "--index", str(tmp_path)])
    assert states(doctor(tmp_path, "--json"))["index"] == {"ok"}
    for file in tmp_path.glob("*"):
        if file.is_file():
            file.write_bytes(b"not what it was")
    result = doctor(tmp_path, "--json")
    assert result.exit_code == 1
    assert states(result)["index"] == {"broken"}
    assert "broken: index" in result.stderr


def test_damaged_weights_are_broken_and_the_rest_is_still_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(entry: registry.Entry) -> None:
        raise entry.refused("are damaged (their SHA-256 differs)")

    monkeypatch.setattr(registry, "load_weights", damaged)
    result = doctor(tmp_path / "none", "--json")
    assert result.exit_code == 1
    assert states(result)["model"] == {"broken"}
    assert states(result)["disk"]


@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
def test_an_ffmpeg_that_does_not_run_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    ffmpeg.ffmpeg_program.cache_clear()
    ffmpeg.ffmpeg_version.cache_clear()
    try:
        result = doctor(tmp_path / "none", "--json")
    finally:
        ffmpeg.ffmpeg_program.cache_clear()
        ffmpeg.ffmpeg_version.cache_clear()
    assert result.exit_code == 1
    assert states(result)["ffmpeg"] == {"broken"}


def test_the_users_name_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "jane"))
    result = doctor(tmp_path / "jane" / "none")
    assert "jane" not in result.stdout
    assert "~" in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_SCORER_COMPLETE", f"{shell}_source")
    script = CliRunner().invoke(cli, prog_name="scorer")
    assert "_SCORER_COMPLETE" in script.output
    monkeypatch.setenv("_SCORER_COMPLETE", f"{shell}_complete")
    words = {"COMP_WORDS": "scorer do", "COMP_CWORD": "1" if shell != "fish" else "do"}
    assert "doctor" in CliRunner().invoke(cli, prog_name="scorer", env=words).output
    words = {"COMP_WORDS": "scorer run --inc", "COMP_CWORD": "2" if shell != "fish" else "--inc"}
    assert "--include" in CliRunner().invoke(cli, prog_name="scorer", env=words).output
