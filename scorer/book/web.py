"""HTML and FictionBook 2 to a book."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scorer.book.archive import parse_xml
from scorer.book.book import Book, Omitted
from scorer.book.frontmatter import without_gutenberg_frame
from scorer.book.markup import Block, decoded, read_document
from scorer.book.outline import Part, chapters_of
from scorer.book.plain import read_bytes
from scorer.book.reading import AS_IT_IS, Reading
from scorer.book.sentence import chapters_from
from scorer.errors import BookError

if TYPE_CHECKING:
    from lxml import etree

_META = re.compile(r"""<meta\b[^>]*\bname\s*=\s*["']?(?:author|dc\.creator)["']?[^>]*>""", re.I)
_CONTENT = re.compile(r"""\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_LANGUAGE = re.compile(r"""<html\b[^>]*\blang\s*=\s*["']?([\w-]+)""", re.I)
DEEPEST: Final = 6  # heading levels
UNREAD_BODIES: Final = frozenset(("notes", "comments", "footnotes"))


def read_html(path: Path, reading: Reading = AS_IT_IS) -> Book:
    """Read an .html file: headings begin chapters. Raises `BookError` where it is missing or has no text."""
    data = read_bytes(path)
    document, text = read_document(data), decoded(data)[:20_000]
    if document.flaw:
        raise BookError(f"{path}: cannot be read ({document.flaw}); repair it, with Calibre say")
    blocks = without_gutenberg_frame(document.blocks)
    reading.require_found(path, (), ())
    author = next((a or b for meta in _META.findall(text) for a, b in _CONTENT.findall(meta)), "")
    language = found.group(1) if (found := _LANGUAGE.search(text)) else ""
    return _book(path, document.title, " ".join(author.split()), language, blocks)


def read_fictionbook(path: Path, reading: Reading = AS_IT_IS) -> Book:
    """Read an .fb2 file; its notes are left out. Raises `BookError` where it is missing, broken or has no text.

    It raises it, too, where `reading` includes what is not left out.
    """
    root = parse_xml(read_bytes(path))
    if root is None or not str(root.tag).endswith("FictionBook"):
        raise BookError(f"{path}: not a FictionBook (no such XML); repair it, with Calibre say")
    blocks: list[Block] = []
    omitted: list[Omitted] = []
    included: list[Omitted] = []
    for body in root.iterfind("{*}body"):
        notes = Omitted(path.name, body.get("name", ""), "notes")
        if notes.title.lower() not in UNREAD_BODIES:
            blocks += _blocks(body)
        elif reading.wants(notes):
            blocks += _blocks(body)
            included.append(notes)
        else:
            omitted.append(notes)
    reading.require_found(path, omitted, included)
    info = root.find("{*}description/{*}title-info")
    author = [] if info is None else [_words(one) for one in info.iterfind("{*}author")]
    title, language = ("", "") if info is None else (_text(info, "book-title"), _text(info, "lang"))
    return _book(path, title, ", ".join(filter(None, author)), language, blocks, omitted)


def _book(
    path: Path, title: str, author: str, language: str, blocks: Sequence[Block], omitted: Sequence[Omitted] = ()
) -> Book:
    drafts = chapters_of([Part(path.name, tuple(blocks))], [])
    if not drafts:
        raise BookError(f"{path}: no text to narrate in it")
    return Book(title or path.stem, author, language, chapters_from(drafts), tuple(omitted))


def _blocks(body: "etree._Element") -> Iterator[Block]:
    """Yield paragraphs, verses and titles; nesting is followed with a list, as it may be deeper than Python's."""
    stack = [(body, 0)]
    while stack:
        element, depth = stack.pop()
        kind = _kind(element)
        if kind in ("title", "subtitle"):
            level = min(depth, DEEPEST) if kind == "title" else DEEPEST
            text = "\n".join(filter(None, (_words(line) for line in element.iterchildren("{*}p")))) or _words(element)
            if text:
                yield Block(text, max(1, level))
        elif kind == "stanza":
            text = "\n".join(filter(None, (_words(line) for line in element.iterchildren("{*}v"))))
            if text:
                yield Block(text)
        elif kind in ("p", "text-author"):
            if text := _words(element):
                yield Block(text)
        else:
            inner = depth + (kind in ("section", "body"))
            stack += [(child, inner) for child in reversed(element) if isinstance(child.tag, str)]


def _kind(element: "etree._Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _words(element: "etree._Element") -> str:
    """Return an element's text without the calls of notes."""
    for call in list(element.iterfind(".//{*}a[@type='note']")):
        del call[:]
        call.text = None
    return _joined(element, " " if _kind(element) == "author" else "")


def _joined(element: "etree._Element", between: str = "") -> str:
    return " ".join(between.join(map(str, element.itertext())).split())


def _text(info: "etree._Element", name: str) -> str:
    found = info.find(f"{{*}}{name}")
    return "" if found is None else _joined(found)
