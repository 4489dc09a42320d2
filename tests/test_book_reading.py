from pathlib import Path

import pytest
from click.testing import CliRunner

from scorer.book import Reading, read_book
from scorer.book.language import language_of
from scorer.cli import cli
from scorer.errors import BookError
from tests.epubs import members, page, write

STORY = "<p>" + "The fog came in from the river and lay down in the streets. " * 8 + "</p>"
GERMAN = "<p>" + "Der Nebel kam vom Fluss herauf und legte sich in die Gassen der alten Stadt. " * 8 + "</p>"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    pages = {
        "tp.xhtml": page("<h1>The Fog</h1><p>A. Writer</p>"),
        "c1.xhtml": page(f"<h1>One</h1>{STORY}"),
        "notes.xhtml": page("<aside epub:type='footnote'><p>A note on fog.</p></aside>", "endnotes"),
        "more.xhtml": page("<p>Another note.</p>", "endnotes"),
        "plate.xhtml": page("<img src='x.png'/>"),
    }
    return write(tmp_path / "x.epub", members(pages, '<li><a href="notes.xhtml">Notes at the end</a></li>'))


@pytest.mark.parametrize(
    ("include", "read"),
    [
        ((), ""),
        (("tp.xhtml",), "A. Writer"),
        (("OPS/tp.xhtml",), "A. Writer"),
        (("tp",), "A. Writer"),
        (("Title Page",), "A. Writer"),
        (("notes",), "A note on fog. Another note."),
        (("notes at  the end",), "A note on fog."),
        (("more.xhtml", "title page"), "A. Writer Another note."),
    ],
)
def test_what_is_included_is_read_in_its_place(book: Path, include: tuple[str, ...], read: str) -> None:
    text = " ".join(" ".join(chapter.text.split()) for chapter in read_book(book, Reading(include)).chapters)
    told = [line for line in ("A. Writer", "A note on fog.", "Another note.") if line in text]
    assert " ".join(told) == read
    assert "lay down in the streets." in text


def test_what_is_included_is_no_longer_listed_as_left_out(book: Path) -> None:
    before, after = read_book(book).omitted, read_book(book, Reading(("more",))).omitted
    assert [omitted.href for omitted in before if omitted not in after] == ["OPS/more.xhtml"]


def test_a_name_that_brings_nothing_in_is_refused_with_what_there_is(book: Path) -> None:
    with pytest.raises(BookError, match=r"--include index: nothing of that name.*tp.xhtml \(title page\), notes.xhtml"):
        read_book(book, Reading(("index",)))
    with pytest.raises(BookError, match="--include plate: there is no text in it"):
        read_book(book, Reading(("plate",)))
    with pytest.raises(BookError, match="nothing of that name is left out"):
        read_book(book, Reading(("c1",)))


def test_notes_of_a_fictionbook_and_contents_of_a_text_can_be_included(tmp_path: Path) -> None:
    fiction = tmp_path / "x.fb2"
    fiction.write_text(
        "<FictionBook><body><p>Fog everywhere.</p></body><body name='notes'><p>A note.</p></body></FictionBook>"
    )
    assert "A note." not in read_book(fiction).chapters[0].text
    assert "A note." in read_book(fiction, Reading(("notes",))).chapters[-1].text
    text = tmp_path / "x.txt"
    headings = "CHAPTER I\n\nCHAPTER II\n\nCHAPTER III\n\n"
    text.write_text(headings + headings.replace("\n\n", "\n\nFog everywhere.\n\n"))
    plain = read_book(text, Reading(("table of contents",)))
    assert sum(chapter.text.count("CHAPTER III") for chapter in plain.chapters) == 2
    assert not plain.omitted
    with pytest.raises(BookError, match=r"left out: x\.txt"):
        read_book(text, Reading(("notes",)))


def told(tmp_path: Path, body: str) -> str:
    return language_of(read_book(write(tmp_path / "x.epub", members({"a.xhtml": page(body)}))))


def test_the_language_is_known_by_the_text_whatever_the_file_says(tmp_path: Path) -> None:
    assert told(tmp_path, STORY) == "en"
    assert told(tmp_path, GERMAN * 3) == "de"
    assert told(tmp_path, STORY * 5 + GERMAN) == "en"
    assert told(tmp_path, "<p>Fog.</p>") == ""


def test_real_books_are_recognised(shared_data: Path) -> None:
    wanted = {"dracula": "en", "moby-dick": "en", "regime-anticancer-arabic": "ar"}
    for name, language in wanted.items():
        assert language_of(read_book(shared_data / f"books/epub/{name}.epub")) == language


def test_a_language_that_is_given_takes_the_place_of_the_files(book: Path) -> None:
    assert read_book(book).language == "en"
    assert read_book(book, Reading(language="fr-CA")).language == "fr-CA"


@pytest.mark.parametrize("command", ["run", "render", "preview"])
def test_no_language_is_one_line(book: Path, command: str) -> None:
    more = ["--at", "1"] if command == "preview" else []
    result = CliRunner().invoke(cli, [command, str(book), *more, "--lang", "plain English"])
    assert result.exit_code == 2
    assert "no language tag" in result.stderr
