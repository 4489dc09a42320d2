"""Any book file to a `Book`."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from scorer.book.book import Book
from scorer.book.plain import MOST_BYTES
from scorer.book.reading import AS_IT_IS, Reading
from scorer.errors import BookError

SUFFIXES: Final = (".epub", ".txt", ".md", ".markdown", ".html", ".htm", ".xhtml", ".fb2")
STDIN: Final = Path("-")
WANTED: Final = "give an .epub, .txt, .md, .html or .fb2 file"


def read_book(path: Path, reading: Reading = AS_IT_IS) -> Book:
    """Read an .epub, .txt, .md, .html or .fb2 file; `-` is what comes in on stdin, of any of these kinds.

    Raises `BookError` where the file is missing, of another kind, locked, broken, or without text, or where what
    `reading` names is not there.
    """
    if path == STDIN:
        return _from_stdin(reading)
    book = _read(path, reading)
    return replace(book, language=reading.language) if reading.language else book


def _read(path: Path, reading: Reading) -> Book:
    if not path.exists():
        raise BookError(f"{path}: no such file")
    if path.is_dir():
        raise BookError(f"{path}: a folder; give its books, as {path}/*.epub")
    if not path.is_file():
        raise BookError(f"{path}: no file but a pipe or device; give - to read a book from stdin")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BookError(f"{path}: cannot read '{suffix}' files; {WANTED}")
    if suffix == ".epub":
        from scorer.book.epub import read_epub

        return read_epub(path, reading)
    if suffix in (".html", ".htm", ".xhtml"):
        from scorer.book.web import read_html

        return read_html(path, reading)
    if suffix == ".fb2":
        from scorer.book.web import read_fictionbook

        return read_fictionbook(path, reading)
    from scorer.book.plain import read_plain

    return read_plain(path, reading)


def _from_stdin(reading: Reading) -> Book:
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    with tempfile.TemporaryDirectory(prefix="scorer-") as folder:
        path = Path(folder) / f"stdin{_suffix_of(data[:2000])}"
        path.write_bytes(data)
        return read_book(path, reading)


def _suffix_of(head: bytes) -> str:
    """Return the suffix of a book that begins like this."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"pk"):
        return ".epub"
    if b"<fictionbook" in start:
        return ".fb2"
    return ".html" if start.startswith((b"<!doctype html", b"<html", b"<?xml")) else ".txt"
