import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from scorer.cli import cli
from scorer.errors import UserError
from scorer.files import check_outputs, whole_file

STORY = Path(__file__).resolve().parents[1] / "examples" / "three-strokes-and-a-rest.epub"


def write(target: Path, text: str) -> None:
    with whole_file(target) as part:
        part.write_text(text)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    write(target, "old")
    with pytest.raises(ZeroDivisionError), whole_file(target) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_a_link_is_followed_and_a_device_stays_a_device(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    write(tmp_path / "link.txt", "new")
    assert (tmp_path / "real.txt").read_text() == "new"
    assert (tmp_path / "link.txt").is_symlink()
    device = tmp_path / "null"
    device.symlink_to("/dev/null")
    write(device, "gone")
    assert device.is_char_device()


def test_no_output_replaces_an_input_or_another_output(tmp_path: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_text("Once.")
    (tmp_path / "alias.txt").hardlink_to(book)
    for outputs in ([book], [tmp_path / "alias.txt"], [tmp_path / "a.csv", tmp_path / ".." / tmp_path.name / "a.csv"]):
        with pytest.raises(UserError, match="name"):
            check_outputs(outputs, [book])
    check_outputs([tmp_path / "a.csv", tmp_path / "b.csv", Path("/dev/null"), Path("/dev/null")], [book])
    assert book.read_text() == "Once."


def test_run_does_not_write_its_cue_sheet_over_the_book(tmp_path: Path) -> None:
    book = tmp_path / "story.txt"  # a suffix of cue sheets, too
    book.write_text("It was a dark night.", encoding="utf-8")
    result = CliRunner().invoke(cli, ["run", str(book), "-o", str(book)])
    assert result.exit_code == 2
    assert "is read by this command" in result.stderr
    assert book.read_text(encoding="utf-8") == "It was a dark night."


@pytest.mark.parametrize("option", ["--wpm", "--min-cue", "--silence", "--switch"])
def test_a_number_that_is_none_is_bad_use(option: str) -> None:
    result = CliRunner().invoke(cli, ["run", str(STORY), option, "nan"])
    assert result.exit_code == 2
    assert "not a number" in result.stderr


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["--help", "--version", "cues schema", "models --json", "cues check --help"])
def test_a_stdout_that_is_full_is_one_clear_line(command: str, unbuffered: str) -> None:
    program = [sys.executable, "-m", "scorer", *command.split()]
    with FULL.open("w") as full:
        result = subprocess.run(
            program, stdout=full, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": unbuffered}
        )
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("scorer: stdout: cannot be written to (No space left on device)")


def test_a_reader_that_has_seen_enough_ends_it_in_silence() -> None:
    command = [sys.executable, "-m", "scorer", "cues", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout
        assert program.stderr
        program.stdout.close()
        assert program.stderr.read() == ""
