from pathlib import Path

import pytest
from click.testing import CliRunner

from scorer.cli import cli
from scorer.cli.library import json_lines, table
from scorer.library.track import Failure, Track


def track(path: str) -> Track:
    return Track(1, path, "t", "", "", "", 3725.4, 30, 0.25, 0.75, 0.99, (0.1, 0.2, 0.3, 0.05, 0.05, 0.2, 0.1))


def test_the_table_says_length_clips_and_emotions() -> None:
    header, row = table([track("/music/a.ogg")], [], None)
    assert " ".join(header.split()) == "path length clips val aro hap fun sad ten exc ang sca"
    assert " ".join(row.split()) == "/music/a.ogg 1:02:05 30 0.25 0.75 10 20 30 5 5 20 10"


@pytest.mark.parametrize("name", ["x" * 300, "é" * 90, "音楽" * 60, "a\nb" * 60, "caf\udce9" * 40])
def test_the_table_fits_the_terminal_and_keeps_the_end_of_a_path(name: str) -> None:
    lines = list(
        table([track(f"/music/{name}.ogg"), track("/b.ogg")], [Failure(f"/{name}.mp3", "the file is empty")], 80)
    )
    assert all(len(line) + line.count("音") + line.count("楽") <= 80 for line in lines)
    assert ".ogg " in lines[1]
    assert all(line.isprintable() for line in lines)
    assert lines[-1].endswith(".mp3: the file is empty")


def test_without_a_terminal_paths_are_whole() -> None:
    assert any("x" * 300 in line for line in table([track("x" * 300)], [], None))


def test_a_name_that_is_no_text_survives_json() -> None:
    [line] = json_lines([], [Failure("/caf\udce9.mp3", "empty")])
    assert line.isascii()
    assert "caf\\udce9" in line


def test_no_index_exits_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["library", "--index", str(tmp_path / "none")])
    assert result.exit_code == 2
    assert "no index there yet" in result.stderr
