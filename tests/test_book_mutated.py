"""Books that are one file, mutated: each opens or is refused in one line, and what opens is whole."""

import random
from pathlib import Path

import pytest

from scorer.book import read_book
from scorer.errors import BookError
from tests.mutations import altered
from tests.test_book_web import FB2, HTML, LINES
from tests.test_book_whole import assert_tiled

STORY = sorted((Path(__file__).resolve().parents[1] / "examples" / "story").glob("*.md"))
GUTENBERG = f"""The Project Gutenberg eBook of The Fog\r\n\r\nTitle: The Fog\r\nAuthor: A. Writer\r\nLanguage: English\r\n
*** START OF THE PROJECT GUTENBERG EBOOK THE FOG ***\r\n\r\nContents\r\n\r\nCHAPTER I\r\n\r\nCHAPTER II\r\n\r\nCHAPTER III\r\n
CHAPTER I\r\n\r\n{LINES}\r\n\r\n  O fog, O night,\r\n  O feeble light!\r\n\r\nCHAPTER II\r\n\r\n“What!” cried I. {LINES}\r\n
CHAPTER III\r\n\r\nMr. Brown—he of the café—said so.\r\n\r\n*** END OF THE PROJECT GUTENBERG EBOOK THE FOG ***\r\n"""
MARKDOWN = f"---\ntitle: x\n---\n\n{STORY[0].read_text(encoding='utf-8')}\n\n> *Quoted*, [linked](x.md) and `set`.\n\n- one\n- two\n"
SOURCES = {".html": HTML, ".fb2": FB2, ".txt": GUTENBERG, ".md": MARKDOWN}


@pytest.mark.parametrize("suffix", SOURCES)
def test_a_mutated_book_opens_whole_or_is_refused_in_one_line(tmp_path: Path, suffix: str) -> None:
    rng, path, opened = random.Random(suffix), tmp_path / f"x{suffix}", 0
    for _ in range(150):
        path.write_bytes(altered(rng, SOURCES[suffix].encode()))
        try:
            assert_tiled(read_book(path))
            opened += 1
        except BookError as error:
            assert "\n" not in str(error)
    assert opened > 30


@pytest.mark.parametrize("mark", ["*a ", "_a ", "***a **b *c ", "![", "[a", "[a](", "`a", "<!--", "> ", "- "])
def test_marks_that_are_never_closed_are_read_at_once(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "x.md"
    path.write_text(f"{LINES}\n\n{mark * (300_000 // len(mark))}\n\nThe end.", encoding="utf-8")
    assert read_book(path).sentences[-1].text == "The end."
