"""Any book file to a `Book`."""

from pathlib import Path
from typing import Final

from scorer.book.book import Book
from scorer.errors import BookError

SUFFIXES: Final = (".epub", ".txt", ".md", ".markdown")


def read_book(path: Path) -> Book:
    """Read an .epub, .txt or .md file.

    Raises `BookError` where the file is missing, of another kind, locked, broken, or without text.
    """
    if not path.exists():
        raise BookError(f"{path}: no such file")
    if path.is_dir():
        raise BookError(f"{path}: a folder; give an .epub, .txt or .md file")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BookError(f"{path}: cannot read '{suffix}' files; give an .epub, .txt or .md file")
    if suffix == ".epub":
        from scorer.book.epub import read_epub

        return read_epub(path)
    from scorer.book.plain import read_plain

    return read_plain(path)
