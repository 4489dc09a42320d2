"""Every character of the documents that are narrated is in exactly one sentence."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scorer.book import Book, read_book
from scorer.book.archive import Archive
from scorer.book.frontmatter import without_gutenberg_frame
from scorer.book.markup import read_document
from scorer.book.package import read_package
from scorer.errors import BookError
from tests.epubs import members, page, write


def marks(text: str) -> str:
    return "".join(text.split())


def assert_tiled(book: Book) -> None:
    """Sentences are spans of their chapter, in order; between them there is only white space."""
    for chapter in book.chapters:
        assert chapter.sentences
        borders = [(0, 0), *((s.start, s.end) for s in chapter.sentences), (len(chapter.text), len(chapter.text))]
        for (_, end), (start, _) in pairwise(borders):
            assert end <= start
            assert not chapter.text[end:start].strip()
        for sentence in chapter.sentences:
            assert sentence.text == chapter.text[sentence.start : sentence.end]
            assert sentence.text == sentence.text.strip() != ""


def narrated(path: Path, book: Book) -> Iterator[str]:
    """Yield the texts of an EPUB's documents that the book does not list as left out."""
    left_out = {omitted.href for omitted in book.omitted}
    with Archive(path) as archive:
        for item in read_package(archive).spine:
            if item.href not in left_out:
                yield from (
                    b.text for b in without_gutenberg_frame(read_document(archive.read(item.href) or b"").blocks)
                )


BOOKS = ("epub/*.epub", "epubcheck/**/*.epub", "media-overlays/*.epub", "*.txt")


@pytest.mark.parametrize("pattern", BOOKS)
def test_no_real_book_loses_or_repeats_a_character(shared_data: Path, pattern: str) -> None:
    paths = sorted((shared_data / "books").glob(pattern))
    assert paths
    for path in paths:
        try:
            book = read_book(path)
        except BookError:
            continue
        assert_tiled(book)
        if path.suffix == ".epub":
            told = "".join(marks(chapter.text) for chapter in book.chapters)
            assert told == "".join(map(marks, narrated(path, book))), path


# Text of fiction at its worst: quotation marks of all kinds, stops, dashes, ornaments, letters of other alphabets.
TEXT = st.text(st.sampled_from("abI1 .!?\"'“”‘’«»„…,;:—–-()[]*§éßж漢。！?؟\u0301\U0001f600\n\t"), max_size=40)


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> tuple[str, str]:
    """Draw an element as XHTML and as the text that a narrator reads of it."""
    tag = draw(st.sampled_from(["p", "div", "h1", "h2", "em", "i", "span", "blockquote", "li", "pre", "td", "section"]))
    inside = st.tuples(TEXT, st.none()) | (elements(depth=depth - 1) if depth else st.nothing())
    parts = [(t.replace("\n", "<br/>"), t) if e is None else (t, e) for t, e in draw(st.lists(inside, max_size=4))]
    return f"<{tag}>{''.join(a for a, _ in parts)}</{tag}>", "".join(b for _, b in parts)


STORY = (f"<p>{'The dog came in from the river. ' * 6}</p>", "The dog came in from the river." * 6)
ORNAMENT, HEADING = ("<h1>* * *</h1>", "* * *"), ("<h2>Chapter</h2>", "Chapter")
ROUNDS = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@ROUNDS
@given(st.lists(st.lists(elements() | st.sampled_from([STORY, ORNAMENT, HEADING]), max_size=6), min_size=1, max_size=4))
@example([[STORY, ORNAMENT]])
@example([[HEADING], [STORY], [ORNAMENT]])
@example([[STORY, HEADING, ORNAMENT, STORY], [HEADING]])
def test_no_made_up_epub_loses_or_repeats_a_character(tmp_path: Path, documents: list[list[tuple[str, str]]]) -> None:
    pages = {f"{i}.xhtml": page("".join(xhtml for xhtml, _ in drawn)) for i, drawn in enumerate(documents)}
    path = write(tmp_path / "x.epub", members(pages))
    try:
        book = read_book(path)
    except BookError:
        assert not any(char.isalnum() for drawn in documents for _, text in drawn for char in text)
        return
    assert_tiled(book)
    left_out = {omitted.href.removeprefix("OPS/") for omitted in book.omitted}
    wanted = "".join(text for i, drawn in enumerate(documents) if f"{i}.xhtml" not in left_out for _, text in drawn)
    assert "".join(marks(chapter.text) for chapter in book.chapters) == marks(wanted)


@ROUNDS
@given(TEXT.map(lambda text: text * 5), st.sampled_from([".txt", ".md", ".html"]))
def test_no_made_up_text_is_lost(tmp_path: Path, text: str, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_text(f"Once.\n\n{text}\n\nThe end.", encoding="utf-8")
    book = read_book(path)
    assert_tiled(book)
    if suffix != ".md":  # whose marks are not read
        assert "".join(marks(chapter.text) for chapter in book.chapters) == marks(f"Once.{text}The end.")
