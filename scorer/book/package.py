"""The EPUB's package: ebooklib reads metadata, spine and contents, from an archive that hands it nothing else.

ebooklib would load every file of the manifest and fail on the first that is missing. Here it is given only the
container, the package document and the tables of contents; chapters are read later, one by one.
"""

import posixpath
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ebooklib import epub

from scorer.book.archive import Archive, parse_xml
from scorer.errors import BookError

MOST_NESTED: Final = 20  # levels of a table of contents
MOST_TAGS: Final = 250_000  # of a package document or a table of contents
PACKAGE_TYPE: Final = "application/oebps-package+xml"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table of contents: the document and the anchor ('' for its beginning) that it points to."""

    title: str
    href: str
    anchor: str
    level: int


@dataclass(frozen=True, slots=True)
class Item:
    """A document of the spine; `role` is what the guide says it is, `properties` what the manifest says.

    `overlay` is the document of its media overlay, '' where it has none.
    """

    href: str
    linear: bool
    properties: tuple[str, ...]
    role: str
    overlay: str


@dataclass(frozen=True, slots=True)
class Package:
    """What the package document says; `cover` is the archive's cover picture, '' where it names none."""

    title: str
    author: str
    language: str
    spine: tuple[Item, ...]
    contents: tuple[Entry, ...]
    cover: str


class _Reader(epub.EpubReader):  # type: ignore[misc]
    """ebooklib's reader over an `Archive`; a broken table of contents costs only itself."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(str(archive.path))
        self._archive = archive
        self._in_manifest = False

    def read_file(self, name: str) -> bytes:
        if self._in_manifest:
            return b""
        data = self._archive.read(name)
        if data is None:
            raise KeyError(name)
        return self._bounded(name, data)

    def _bounded(self, name: str, data: bytes) -> bytes:
        if data.count(b"<") > MOST_TAGS:
            raise BookError(f"{self._archive.path}: {name} has more entries than a book can; this looks like a bomb")
        return data

    def _load_container(self) -> None:
        """Take the first of several renditions (EPUB 3.3, section 4.2.6.3.1), and one of a wrong type before none."""
        root = parse_xml(self.read_file("META-INF/container.xml"))
        named = [] if root is None else [e for e in root.iter("{*}rootfile") if e.get("full-path")]
        first = next((e for e in named if e.get("media-type") == PACKAGE_TYPE), named[0] if named else None)
        self.opf_file = "" if first is None else first.get("full-path", "")
        self.opf_dir = posixpath.dirname(self.opf_file)

    def _load(self) -> None:
        self._load_container()
        self._load_opf_file()

    def _load_metadata(self) -> None:
        # Identifiers may stand among spaces, which count for nothing; ebooklib takes them as they are.
        for element in self.container.iter():
            for name in ("id", "idref", "toc", "unique-identifier"):
                if element.get(name):
                    element.set(name, element.get(name).strip())
        super()._load_metadata()

    def _load_manifest(self) -> None:
        self._in_manifest = True
        super()._load_manifest()
        self._in_manifest = False
        for item in self.book.items:
            if isinstance(item, epub.EpubNav):
                name = posixpath.join(self.opf_dir, item.file_name)
                item.content = self._bounded(name, self._archive.read(name) or b"")

    def _parse_nav(self, data: Any, base_path: str, navtype: str = "toc") -> None:
        if navtype == "toc" and data:
            self._lenient(super()._parse_nav, data, base_path, navtype)

    def _parse_ncx(self, data: Any) -> None:
        self._lenient(super()._parse_ncx, data)

    def _lenient(self, parse: Any, *arguments: Any) -> None:
        try:
            parse(*arguments)
        except (IndexError, AttributeError, KeyError, TypeError, ValueError, RecursionError):
            self.book.toc = []


def read_package(archive: Archive) -> Package:
    """Read an EPUB's package document. Raises `BookError` where there is none or it has no spine."""
    reader = _Reader(archive)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = reader.load()
    except BookError:
        raise
    except Exception as error:  # ebooklib meets broken packages with errors of all kinds
        raise BookError(
            f"{archive.path}: not a readable EPUB ({_what(archive)}); repair it, with Calibre say"
        ) from error
    spine = tuple(_spine(book, reader.opf_dir))
    if not spine:
        raise BookError(f"{archive.path}: not a readable EPUB (its spine is empty); repair it, with Calibre say")
    ncx = not any(isinstance(item, epub.EpubNav) for item in book.items)
    base = _ncx_folder(book, reader.opf_dir) if ncx else reader.opf_dir
    return Package(
        title=_first(book, "title") or archive.path.stem,
        author=", ".join(filter(None, (_clean(value) for value, _ in book.get_metadata("DC", "creator")))),
        language=_first(book, "language"),
        spine=spine,
        contents=tuple(_entries(book.toc, base)),
        cover=_cover(book, reader.opf_dir),
    )


def _what(archive: Archive) -> str:
    container = archive.read("META-INF/container.xml")
    if container is None:
        return "META-INF/container.xml is missing"
    if parse_xml(container) is None:
        return "META-INF/container.xml is not XML"
    return "its package document is missing or broken"


def _spine(book: Any, folder: str) -> Iterator[Item]:
    # A reference to an anchor speaks of a place in a document, not of the document.
    places = {posixpath.normpath(row["href"] or ""): row["type"] or "" for row in book.guide}
    guide = {name: role for name, role in places.items() if "#" not in name}
    for reference, linear in dict(book.spine).items():  # one that is named twice is read once
        item = book.get_item_with_id(reference)
        if item is not None and item.file_name:
            properties = ("nav",) if isinstance(item, epub.EpubNav) else tuple(getattr(item, "properties", ()))
            href = posixpath.normpath(posixpath.join(folder, item.file_name))
            role = guide.get(posixpath.normpath(item.file_name), "")
            spoken = book.get_item_with_id(getattr(item, "media_overlay", None) or "")
            overlay = posixpath.normpath(posixpath.join(folder, spoken.file_name)) if spoken else ""
            yield Item(href, linear != "no", properties, role.lower(), overlay)


def _cover(book: Any, folder: str) -> str:
    """Return the picture with the property `cover-image` (EPUB 3), or that <meta name="cover"> names (EPUB 2)."""
    named = {rest.get("content") for _, rest in book.get_metadata("OPF", "cover") if rest}
    for item in book.items:
        if isinstance(item, epub.EpubCover) or item.id in named:
            return posixpath.normpath(posixpath.join(folder, item.file_name))
    return ""


def _ncx_folder(book: Any, folder: str) -> str:
    for item in book.items:
        if isinstance(item, epub.EpubNcx):
            return posixpath.dirname(posixpath.join(folder, item.file_name))
    return folder


def _entries(toc: Any, folder: str, level: int = 1) -> Iterator[Entry]:
    if level > MOST_NESTED or not isinstance(toc, list | tuple):
        return
    for row in toc:
        link, children = row if isinstance(row, tuple) and len(row) == 2 else (row, ())
        href, _, anchor = (getattr(link, "href", "") or "").partition("#")
        title = _clean(getattr(link, "title", ""))
        if href and title:
            yield Entry(title, posixpath.normpath(posixpath.join(folder, href)), anchor, level)
        yield from _entries(children, folder, level + 1)


def _first(book: Any, name: str) -> str:
    values = book.get_metadata("DC", name)
    return _clean(values[0][0]) if values else ""


def _clean(text: str | None) -> str:
    return " ".join((text or "").split())
