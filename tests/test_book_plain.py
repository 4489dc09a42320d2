from pathlib import Path

import pytest

from scorer.book import read_book
from scorer.errors import BookError

LINES = "\n".join(["The fog came in from the river and lay", "down in the streets of the old town."] * 12)


def book(tmp_path: Path, name: str, data: bytes | str):  # type: ignore[no-untyped-def]
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_book(path)


def test_gutenbergs_frame_and_contents_are_removed_and_wraps_joined(tmp_path: Path) -> None:
    text = (
        "\ufeffThe Project Gutenberg eBook of Fog\n\nTitle: Fog\n\nAuthor: A. Writer\n\n*** START OF THE PROJECT GUTENBERG EBOOK FOG ***\n\n"
        "CONTENTS\n\nCHAPTER I. In.\n\nCHAPTER II. Out.\n\nCHAPTER III. Gone.\n\n"
        f"CHAPTER I. In.\n\n{LINES}\n\nCHAPTER II. Out.\n\n{LINES}\n\nCHAPTER III. Gone.\n\n{LINES}\n\n"
        "*** END OF THE PROJECT GUTENBERG EBOOK FOG ***\n\nLicence text of Project Gutenberg."
    ).replace("\n", "\r\n")
    found = book(tmp_path, "fog.txt", text)
    assert (found.title, found.author) == ("Fog", "A. Writer")
    assert [chapter.title for chapter in found.chapters] == ["CHAPTER I. In.", "CHAPTER II. Out.", "CHAPTER III. Gone."]
    assert found.chapters[0].sentences[1].text == LINES.split(".")[0].replace("\n", " ") + "."
    assert "Licence" not in found.chapters[-1].text
    assert [omitted.reason for omitted in found.omitted] == ["table of contents"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    assert (
        "“café” naïve" in book(tmp_path, "x.txt", f"He said “café” naïve.\n\n{LINES}".encode(encoding)).chapters[0].text
    )


def test_markdown_headings_are_chapters_and_marks_are_not_read(tmp_path: Path) -> None:
    text = f"# The *Fog*\n\n## One\n\nA **very** [old](http://x) _town_.\n\n---\n\n{LINES}\n\n## Two\n\n> {LINES}\n"
    found = book(tmp_path, "fog.md", text)
    assert found.title == "The Fog"
    assert [chapter.title for chapter in found.chapters] == ["One", "Two"]
    assert "A very old town." in found.chapters[0].text
    assert not set("#*>_[") & set(found.chapters[0].text + found.chapters[1].text)


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "empty"), (b" \n\n ", "empty"), (b"\x00\x01\x02\x7fELF" * 50, "binary"), (b"-- ** --", "empty")],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(BookError, match=message):
        book(tmp_path, "x.txt", data)
