import zipfile
from pathlib import Path

import pytest

from scorer.book import read_book
from scorer.errors import BookError
from tests.epubs import members, page, write

STORY = "<p>" + "The fog came in from the river and lay down in the streets. " * 8 + "</p>"


def test_chapters_come_in_spine_order_with_their_titles(tmp_path: Path) -> None:
    pages = {"b.xhtml": page(f"<h1>One</h1>{STORY}"), "a.xhtml": page(f"<h1>Two</h1>{STORY}")}
    toc = '<li><a href="b.xhtml">The First</a></li><li><a href="a.xhtml">The Second</a></li>'
    book = read_book(write(tmp_path / "x.epub", members(pages, toc)))
    assert (book.title, book.author, book.language) == ("The Fog", "A. Writer", "en")
    assert [chapter.title for chapter in book.chapters] == ["The First", "The Second"]
    assert book.chapters[0].href == "OPS/b.xhtml"
    assert book.chapters[0].sentences[0].text == "One"


def test_what_is_not_narrated_is_left_out_and_named(tmp_path: Path) -> None:
    pages = {
        "cover.xhtml": page("<img alt='A cover'/>"),
        "tp.xhtml": page("<h1>The Fog</h1><p>A. Writer</p>"),
        "legal.xhtml": page("<p>Copyright 2020 A. Writer. All rights reserved. ISBN 1-234.</p>"),
        "c1.xhtml": page(f"<h1>One</h1>{STORY}"),
        "notes.xhtml": page("<p>A note.</p>", "endnotes"),
        "aside.xhtml": page(STORY),
    }
    book = read_book(write(tmp_path / "x.epub", members(pages, linear={"aside.xhtml": "no"})))
    assert len(book.chapters) == 1
    assert {omitted.href.removeprefix("OPS/"): omitted.reason for omitted in book.omitted} == {
        "cover.xhtml": "no text",
        "tp.xhtml": "title page",
        "legal.xhtml": "copyright page",
        "notes.xhtml": "notes",
        "aside.xhtml": "outside the reading order",
    }


def test_a_long_document_is_narrated_whatever_its_name(tmp_path: Path) -> None:
    book = read_book(write(tmp_path / "x.epub", members({"toc.xhtml": page(f"<h1>Contents</h1>{STORY * 10}")})))
    assert len(book.chapters) == 1


def test_a_guide_that_names_a_place_in_a_chapter_does_not_take_the_chapter_away(tmp_path: Path) -> None:
    contents = members({"a.xhtml": page(f"<h1>One</h1>{STORY}"), "c.xhtml": page(STORY * 10), "n.xhtml": page(STORY)})
    guide = (
        '<guide><reference type="toc" href="a.xhtml#contents"/><reference type="cover" href="c.xhtml"/>'
        '<reference type="notes" href="n.xhtml"/></guide></package>'
    )
    contents["OPS/book.opf"] = contents["OPS/book.opf"].replace("</package>", guide)
    book = read_book(write(tmp_path / "x.epub", contents))
    assert [(omitted.href, omitted.reason) for omitted in book.omitted] == [("OPS/n.xhtml", "notes")]


def test_the_text_is_what_a_narrator_reads(tmp_path: Path) -> None:
    body = (
        f"{STORY}<p>He was aston\u00adished<sup><a href='#n1'>1</a></sup> on the 2<sup>nd</sup>\n of May.</p>"
        "<p><ruby>漢<rt>kan</rt></ruby> <span epub:type='pagebreak' id='p7'>7</span>done</p><script>x()</script>"
        "<p>Roses are red,<br/>violets are blue.</p><aside epub:type='footnote' id='n1'>A note.</aside>&nbsp;<p>End &amp; out.</p>"
    )
    text = read_book(write(tmp_path / "x.epub", members({"c.xhtml": page(body)}))).chapters[0].text
    paragraphs = text.split("\n\n")[1:]
    assert paragraphs == [
        "He was astonished on the 2nd of May.",
        "漢 done",
        "Roses are red,\nviolets are blue.",
        "End & out.",
    ]


def test_chapters_in_one_document_and_one_chapter_in_several(tmp_path: Path) -> None:
    pages = {
        "all.xhtml": page(f"<h2 id='i'>I</h2>{STORY}<h2 id='ii'>II</h2>{STORY}"),
        "rest.xhtml": page("<p>And so it went on for a long while, as fog will.</p>"),
        "last.xhtml": page(f"<p>Of the end.</p>{STORY}"),
    }
    toc = '<li><a href="all.xhtml#i">I</a></li><li><a href="all.xhtml#ii">II</a></li><li><a href="last.xhtml">III</a></li>'
    book = read_book(write(tmp_path / "x.epub", members(pages, toc)))
    assert [chapter.title for chapter in book.chapters] == ["I", "II", "III"]
    assert book.chapters[1].text.endswith("as fog will.")


def test_a_missing_document_costs_only_itself(tmp_path: Path) -> None:
    contents = members({"a.xhtml": page(STORY), "gone.xhtml": "", "c.xhtml": page(STORY)})
    del contents["OPS/gone.xhtml"]
    book = read_book(write(tmp_path / "x.epub", contents))
    assert [(omitted.href, omitted.reason) for omitted in book.omitted] == [
        ("OPS/gone.xhtml", "missing from the archive")
    ]


ENCRYPTION = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
 xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:EncryptionMethod Algorithm="{}"/>
 <enc:CipherData><enc:CipherReference URI="OPS/a.xhtml"/></enc:CipherData></enc:EncryptedData></encryption>"""


def test_a_locked_book_is_refused_and_obfuscated_fonts_are_not(tmp_path: Path) -> None:
    contents = members({"a.xhtml": page(STORY)})
    fonts = {"META-INF/encryption.xml": ENCRYPTION.format("http://www.idpf.org/2008/embedding")}
    assert read_book(write(tmp_path / "fonts.epub", contents | fonts)).chapters
    locked = {
        "META-INF/encryption.xml": ENCRYPTION.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc"),
        "META-INF/rights.xml": "<rights/>",
    }
    with pytest.raises(BookError, match=r"locked, it looks like, by Adobe ADEPT"):
        read_book(write(tmp_path / "locked.epub", contents | locked))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"META-INF/container.xml": None}, "container.xml is missing"),
        ({"OPS/book.opf": None}, "package document is missing or broken"),
        ({"OPS/book.opf": "<package/>"}, "package document is missing or broken"),
        ({"OPS/a.xhtml": page("")}, "no text to narrate"),
    ],
)
def test_a_broken_epub_is_refused_in_one_line(tmp_path: Path, change: dict[str, str | None], message: str) -> None:
    contents = {**members({"a.xhtml": page(STORY)}), **change}
    path = write(tmp_path / "x.epub", {name: text for name, text in contents.items() if text is not None})
    with pytest.raises(BookError, match=message) as caught:
        read_book(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_what_is_no_epub_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.epub").write_bytes(b"%PDF-1.7 not a zip")
    with pytest.raises(BookError, match="not an EPUB"):
        read_book(tmp_path / "x.epub")
    with pytest.raises(BookError, match="no such file"):
        read_book(tmp_path / "y.epub")
    (tmp_path / "x.docx").write_bytes(b"PK")
    with pytest.raises(BookError, match=r"cannot read '.docx' files"):
        read_book(tmp_path / "x.docx")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    contents = members({"a.xhtml": page(STORY)})
    with zipfile.ZipFile(write(tmp_path / "x.epub", contents), "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("OPS/b.xhtml", b" " * (40 << 20))
    bomb = members({"a.xhtml": page(STORY), "b.xhtml": ""})
    with zipfile.ZipFile(tmp_path / "y.epub", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in bomb.items():
            archive.writestr(name, text if not name.endswith("b.xhtml") else b" " * (40 << 20))
    assert read_book(tmp_path / "x.epub").chapters  # nobody asks for the member
    with pytest.raises(BookError, match="zip bomb"):
        read_book(tmp_path / "y.epub")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + page(f"{STORY}<p>&b;</p>")
    outside = '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + page(f"{STORY}<p>&x;</p>")
    for text in (bomb, outside):
        book = read_book(write(tmp_path / "x.epub", members({"a.xhtml": text})))
        assert len(book.chapters[0].text) < len(STORY) + 40


EXPECTED = {
    "a_christmas_carol": (6, "Stave I: Marley’s Ghost", 1),
    "alice_in_wonderland": (13, "I: Down the Rabbit-Hole", 1),
    "dracula": (29, "I", 1),
    "moby-dick": (138, "Chapter 1. Loomings.", 2),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_real_books_have_the_chapters_that_readers_know(shared_data: Path, name: str) -> None:
    book = read_book(shared_data / f"books/epub/{name}.epub")
    count, title, number = EXPECTED[name]
    assert len(book.chapters) == count
    assert book.chapters[number].title.startswith(title)
    assert not any("gutenberg" in chapter.text.lower() for chapter in book.chapters)


def test_the_reference_checkers_books_open_or_are_refused_in_one_line(shared_data: Path) -> None:
    paths = sorted((shared_data / "books/epubcheck").rglob("*.epub"))
    assert len(paths) == 174
    opened = 0
    for path in paths:
        try:
            opened += bool(read_book(path).chapters)
        except BookError as error:
            assert "\n" not in str(error)
            assert str(error).startswith(str(path))
    assert opened >= 130
