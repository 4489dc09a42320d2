"""HTML, FictionBook and what comes in on stdin."""

import io
import sys
from pathlib import Path

import pytest

from scorer.book import read_book
from scorer.errors import BookError

LINES = "The fog came in from the river. It lay down in the streets of the old town, and nobody went out. " * 8
HTML = f"""<!DOCTYPE html><html lang="en-GB"><head><title>The Fog</title><meta name="author" content="A. Writer">
<script>var x = "not read";</script></head><body><nav>Home</nav><h1>The Fog</h1><h2>One</h2><p>“What!” cried he.</p>
<p>{LINES}</p><h2>Two</h2><p>Say&shy;ing so,<sup><a href="#n">1</a></sup> he left.</p><p>{LINES}</p></body></html>"""
FB2 = f"""<?xml version="1.0" encoding="utf-8"?>
<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink">
<description><title-info><author><first-name>A.</first-name><last-name>Writer</last-name></author>
<book-title>The Fog</book-title><lang>en</lang></title-info></description>
<body><section><title><p>One</p></title><p>He came<a l:href="#n1" type="note">[1]</a> in.</p><p>{LINES}</p>
<poem><stanza><v>O fog, O night,</v><v>O feeble light!</v></stanza></poem></section>
<section><title><p>Two</p></title><p>{LINES}</p></section></body>
<body name="notes"><section id="n1"><p>A note that nobody reads aloud.</p></section></body></FictionBook>"""


def test_headings_of_html_are_chapters(tmp_path: Path) -> None:
    path = tmp_path / "fog.html"
    path.write_text(HTML, encoding="utf-8")
    book = read_book(path)
    assert (book.title, book.author, book.language) == ("The Fog", "A. Writer", "en-GB")
    assert [chapter.title for chapter in book.chapters] == ["One", "Two"]
    text = " ".join(chapter.text for chapter in book.chapters)
    assert "“What!” cried he." in [sentence.text for sentence in book.sentences]
    assert "Saying so, he left." in text
    assert "not read" not in text
    assert "Home" not in text


def test_a_fictionbook_is_read_without_its_notes(tmp_path: Path) -> None:
    path = tmp_path / "fog.fb2"
    path.write_text(FB2, encoding="utf-8")
    book = read_book(path)
    assert (book.title, book.author, book.language) == ("The Fog", "A. Writer", "en")
    assert [chapter.title for chapter in book.chapters] == ["One", "Two"]
    assert "He came in." in book.chapters[0].text
    assert "O fog, O night,\nO feeble light!" in book.chapters[0].text
    assert all("nobody reads" not in chapter.text for chapter in book.chapters)
    assert [omitted.reason for omitted in book.omitted] == ["notes"]


@pytest.mark.parametrize(("data", "title"), [(HTML, "The Fog"), (FB2, "The Fog"), (f"CHAPTER I\n\n{LINES}", "stdin")])
def test_stdin_is_told_by_its_beginning(monkeypatch: pytest.MonkeyPatch, data: str, title: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.encode())))
    assert read_book(Path("-")).title == title


def test_an_epub_comes_in_on_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Path(__file__).parents[1] / "examples" / "three-strokes-and-a-rest.epub"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(story.read_bytes())))
    assert read_book(Path("-")).sentences == read_book(story).sentences


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.fb2", "<html><body><p>no</p></body></html>"),
        ("x.fb2", "nothing"),
        ("x.html", "<html></html>"),
        ("x.pdf", "x"),
    ],
)
def test_what_is_no_book_is_refused_in_a_line(tmp_path: Path, name: str, data: str) -> None:
    (tmp_path / name).write_text(data)
    with pytest.raises(BookError, match=name):
        read_book(tmp_path / name)


def test_whatever_stands_in_the_call_of_a_note_is_not_read(tmp_path: Path) -> None:
    call = "<a l:href='#n1' type='note'>[<b>1</b>&unknown;<!-- c --><?p i?><a type='note'>2</a>]</a>"
    path = tmp_path / "fog.fb2"
    path.write_text(
        FB2.replace("He came", f"He{call} came").replace("?>", "?><!DOCTYPE F [<!ENTITY u 'x'>]>", 1), "utf-8"
    )
    assert "He came in." in read_book(path).chapters[0].text


def test_deep_nesting_is_read(tmp_path: Path) -> None:
    deep = "<section>" * 3000 + f"<p>{LINES}</p>" + "</section>" * 3000
    path = tmp_path / "deep.fb2"
    path.write_text(f'<FictionBook xmlns="x"><body>{deep}</body></FictionBook>', encoding="utf-8")
    try:
        assert "fog" in read_book(path).chapters[0].text
    except BookError as error:  # the XML library's own limit is a clear message, too
        assert "deep.fb2" in str(error)
