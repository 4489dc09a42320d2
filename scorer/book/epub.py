"""EPUB 2 and 3 to a book."""

import posixpath
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from scorer.book.archive import Archive
from scorer.book.book import Book, Omitted
from scorer.book.frontmatter import reason_to_omit, without_gutenberg_frame
from scorer.book.markup import MARKS, Block, Document, read_document
from scorer.book.outline import Part, chapters_of
from scorer.book.package import Item, Package, read_package
from scorer.book.reading import AS_IT_IS, Reading
from scorer.book.sentence import chapters_from
from scorer.errors import BookError

PICTURES = frozenset((".jpg", ".jpeg", ".png"))


def read_epub(path: Path, reading: Reading = AS_IT_IS) -> Book:
    """Read an EPUB's chapters in the order of its spine.

    A document of the spine that is missing, broken or not narrated costs only itself and is listed as omitted.
    Raises `BookError` where the file is no EPUB, is locked, or has no text, or where `reading` includes what it lacks.
    """
    with Archive(path) as archive:
        archive.refuse_locked()
        package = read_package(archive)
        parts, omitted = _narrated(archive, package, reading)
    drafts = chapters_of(parts, package.contents)
    if not drafts:
        why = f" ({len(omitted)} documents left out, the last as {omitted[-1].reason})" if omitted else ""
        raise BookError(f"{path}: no text to narrate in this EPUB{why}; is it a picture book?")
    return Book(package.title, package.author, package.language, chapters_from(drafts), tuple(omitted))


def extract(path: Path, names: Iterable[str], folder: Path) -> dict[str, Path]:
    """Copy an EPUB's files, sound or pictures, into a folder; return where each lies that is there.

    Raises `BookError` for a damaged one.
    """
    with Archive(path) as archive:
        found = {name: archive.extract(name, folder) for name in names}
    return {name: file for name, file in found.items() if file}


def extract_cover(path: Path, folder: Path) -> Path | None:
    """Copy an EPUB's cover picture into a folder; None where it has none that players show (JPEG or PNG)."""
    with Archive(path) as archive:
        name = read_package(archive).cover
        if PurePosixPath(name).suffix.lower() not in PICTURES:
            return None
        return archive.extract(name, folder)


def _narrated(archive: Archive, package: Package, reading: Reading) -> tuple[list[Part], list[Omitted]]:
    titles = {entry.href: entry.title for entry in reversed(package.contents)}
    parts: list[Part] = []
    omitted: list[Omitted] = []
    included: list[Omitted] = []
    for position, item in enumerate(package.spine):
        found = _part_of(archive, item, titles.get(item.href, ""), position, package.title)
        if isinstance(found, Omitted) and reading.wants(found) and (blocks := _all_of(archive, item)):
            included.append(found)
            found = Part(item.href, blocks)
        if isinstance(found, Omitted):
            omitted.append(found)
        else:
            parts.append(found)
    reading.require_found(archive.path, omitted, included)
    return parts, omitted


def _part_of(archive: Archive, item: Item, title: str, position: int, book_title: str) -> Part | Omitted:
    if "nav" in item.properties or not item.linear:
        return Omitted(item.href, title, "navigation" if "nav" in item.properties else "outside the reading order")
    document = _document(archive, item)
    if isinstance(document, str):
        return Omitted(item.href, title, document)
    blocks = without_gutenberg_frame(document.blocks)
    reason = _reason(item, document, title, position, book_title)
    if not reason and document.blocks and not blocks:
        reason = "Project Gutenberg's frame"
    return Omitted(item.href, title or document.title, reason) if reason else Part(item.href, blocks)


def _all_of(archive: Archive, item: Item) -> tuple[Block, ...]:
    """Return the blocks of a document that is asked for, notes and contents too."""
    return read_document(archive.read(item.href) or b"", unread=MARKS).blocks


def _document(archive: Archive, item: Item) -> Document | str:
    data = archive.read(item.href)
    if data is None:
        return "missing from the archive" if archive.find(item.href) is None else "damaged"
    document = read_document(data)
    return document.flaw or document


def _reason(item: Item, document: Document, title: str, position: int, book_title: str) -> str:
    names = (PurePosixPath(posixpath.basename(item.href)).stem, title, document.title)
    types = document.types | ({item.role} if item.role else set())
    return reason_to_omit(document.blocks, frozenset(types), names, position, book_title)
