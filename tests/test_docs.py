"""README and docs are true: their pages build without a warning, and their code runs, on the packaged example.

The blocks of a page run from top to bottom in one folder that has what they speak of. A comment before a block says
`not run: why`, or `file: name` where its text is a file that the next ones need.
"""

import functools
import glob
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scorer.audio.ffmpeg import ffmpeg_program
from scorer.cli import cli
from scorer.nets.emotions import Emotions
from scorer.nets.text_encoder import TextEncoder
from tests import epubs

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(
    r"(?:^<!-- (?P<mark>not run|file): (?P<told>.*?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)
STORY = "She wept by the grave. Nobody came, and the rain fell. She cursed the fog and went home. "


@dataclass(frozen=True)
class Block:
    place: str
    kind: str
    text: str
    mark: str
    told: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            f"{page.name}:{text.count(chr(10), 0, found.start('text')) + 1}",
            found["kind"],
            found["text"],
            found["mark"] or "",
            found["told"] or "",
        )
        for found in FENCE.finditer(text)
    ]


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What all pages start from: book, books, music in its index, narration; and an encoder that reads nothing twice."""
    folder = tmp_path_factory.mktemp("stock")
    shutil.copy(ROOT / "examples" / "three-strokes-and-a-rest.epub", folder / "book.epub")
    shutil.copytree(ROOT / "examples" / "music", folder / "library")
    (folder / "books").mkdir()
    for name in ("fog", "rain"):
        epubs.write(folder / "books" / f"{name}.epub", epubs.members({"c.xhtml": epubs.page(f"<p>{STORY * 20}</p>")}))
    narration = [ffmpeg_program(), "-loglevel", "error", "-i", str(ROOT / "examples" / "narration.ogg"), "-q:a", "9"]
    subprocess.run([*narration, str(folder / "narration.mp3")], check=True)
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    (bin_folder / "scorer").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scorer "$@"\n', encoding="utf-8")
    (bin_folder / "scorer").chmod(0o755)
    result = CliRunner().invoke(cli, ["index", str(folder / "library"), "--index", str(folder / "index")])
    assert result.exit_code == 0, result.output
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TextEncoder, "load", staticmethod(functools.cache(TextEncoder.load)))
        patch.setattr(TextEncoder, "encode", once(TextEncoder.encode))
        yield folder


def once(encode: Callable[..., Emotions]) -> Callable[..., Emotions]:
    """The pages read the same book again and again."""
    known: dict[tuple[str, ...], Emotions] = {}

    def remembered(encoder: TextEncoder, items: Sequence[str], **options: Any) -> Emotions:
        key = (encoder.digest, *items)
        if key not in known:
            known[key] = encode(encoder, items, **options)
        return known[key]

    return remembered


@pytest.fixture
def desk(stock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder and a home of a page's own."""
    for name in ("book.epub", "narration.mp3", "books"):
        (tmp_path / name).symlink_to(stock / name)
    (tmp_path / "library").symlink_to(stock / "library")
    shutil.copytree(stock / "index", tmp_path / "index")
    (tmp_path / "Music").mkdir()
    (tmp_path / "Music" / "beds").symlink_to(stock / "library")
    (tmp_path / ".config" / "fish" / "completions").mkdir(parents=True)
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SCORER_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("PATH", f"{stock / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def run(block: Block) -> None:
    if block.mark == "file":
        Path(block.told).write_text(block.text, encoding="utf-8")
    elif block.kind == "python":
        exec(compile(block.text, block.place, "exec"), {})
    elif block.kind == "sh":
        for line in block.text.replace("\\\n", " ").splitlines():
            run_line(line, block.place)
    else:
        assert block.kind == "text", f"{block.place}: a block of the kind '{block.kind}' is neither run nor a file"


def run_line(line: str, place: str) -> None:
    words = shlex.split(line, comments=True)
    given, target = None, None
    if words[:1] == ["cat"] and words[2:3] == ["|"]:
        given, words = Path(words[1]).read_bytes(), words[3:]
    if words[-2:-1] == [">"]:
        target, words = Path(words[-1]).expanduser(), words[:-2]
    if words[:1] == ["scorer"]:
        arguments = [found for word in words[1:] for found in expanded(word)]
        result = CliRunner().invoke(cli, arguments, input=given)
        assert result.exit_code == 0, f"{place}: {line}\n{result.output}"
        if target:
            target.write_text(result.stdout, encoding="utf-8")
    elif words:
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{place}: {line}\n{done.stderr}"


def expanded(word: str) -> list[str]:
    word = os.path.expanduser(word)  # noqa: PTH111  # it may be no path
    return sorted(glob.glob(word)) if "*" in word else [word]  # noqa: PTH207  # as a shell does


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_a_page_runs(desk: Path, page: Path) -> None:
    for block in blocks(page):
        if block.mark != "not run":
            run(block)


NOT_RUN = [block for page in PAGES for block in blocks(page) if block.mark == "not run"]


@pytest.mark.parametrize("block", NOT_RUN, ids=lambda block: block.place)
def test_code_that_is_not_run_says_why(block: Block) -> None:
    assert len(block.told) > 10
    pytest.skip(f"{block.place}: {block.told}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_all_code_is_in_fences(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("```") == 2 * len(blocks(page))
    outside = FENCE.sub("", text).splitlines()
    assert not [line for before, line in itertools.pairwise(outside) if not before and line[:4] == "    "]


def test_the_docs_build_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="needs mkdocs-material (pip install '.[docs]')")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    fetched = re.compile(r"""<(?:script|link|img)\b[^>]*(?:src|href)="(?:https?:)?//""")
    for page in (tmp_path / "site").glob("*.html"):
        assert not fetched.search(page.read_text(encoding="utf-8")), f"{page.name} asks for something elsewhere"
