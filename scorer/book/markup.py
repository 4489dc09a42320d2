"""XHTML and HTML to the plain text of blocks: what a narrator would read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree, html

BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
UNREAD: Final = frozenset(
    [
        "script",
        "style",
        "head",
        "nav",
        "svg",
        "math",
        "iframe",
        "object",
        "audio",
        "video",
        "canvas",
        "template",
        "rt",
        "rp",
        "form",
        "select",
        "button",
        "noscript",
    ]
)
UNREAD_TYPES: Final = frozenset(
    [
        "noteref",
        "pagebreak",
        "footnote",
        "endnote",
        "rearnote",
        "footnotes",
        "endnotes",
        "rearnotes",
        "toc",
        "index",
        "landmarks",
        "loi",
        "lot",
        "doc-noteref",
        "doc-pagebreak",
        "doc-footnote",
        "doc-endnote",
        "doc-endnotes",
        "doc-toc",
        "doc-index",
    ]
)
MOST_TAGS: Final = 500_000  # a novel with a tag for each word has 400,000
MARKS: Final = UNREAD_TYPES & {"noteref", "pagebreak", "doc-noteref", "doc-pagebreak"}  # are no text of anyone's
SUBTITLE: Final = 7  # the level of a line that stands with a heading in an hgroup
EPUB_TYPE: Final = "{http://www.idpf.org/2007/ops}type"
_ENCODING = re.compile(
    rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)|<meta[^>]*?charset\s*=\s*["']?([\w.-]+)""", re.I
)
# A tag of more than 256 attributes: the parser's time goes with their square.
_CROWDED = re.compile(
    r"""<[a-z][^\s<>]*+(?:\s++[^\s=<>"']++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>]++))?+){257}""", re.I
)
_PAGE_CLASS = re.compile(r"\b(pagenum|page-?number|pagebreak|pgnum)\b", re.I)


@dataclass(slots=True)
class Block:
    """A paragraph or heading: text, a heading's level or 0, the anchors at its start, its characters inside links."""

    text: str = ""
    level: int = 0
    anchors: list[str] = field(default_factory=list)
    linked: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A document's blocks that have text, the epub:type words of its outer elements, and its <title>.

    `flaw` says why it could not be read, '' where it could.
    """

    blocks: tuple[Block, ...]
    types: frozenset[str]
    title: str
    flaw: str = ""


def decoded(data: bytes) -> str:
    """Decode a document by its BOM, its own word or as UTF-8; bytes that fit none are taken as Windows-1252."""
    for bom, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(bom):
            return data.decode(name, "replace")
    found = _ENCODING.search(data[:2048])
    name = next(filter(None, found.groups()), b"").decode("ascii") if found else ""
    for encoding in filter(None, (name, "utf-8")):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("cp1252", "replace")


def read_document(data: bytes, *, unread: frozenset[str] = UNREAD_TYPES) -> Document:
    """Parse a document of any quality; one of which nothing is left, or that has a flaw, has no blocks.

    Elements of the `unread` types are passed over.
    """
    root, flaw = _root(data)
    if root is None:
        return Document((), frozenset(), "", flaw)
    title = root.findtext(".//title") or ""
    walker = _Walker(unread)
    walker.visit(root)
    blocks = tuple(_tidied(walker.blocks))
    return Document(blocks, frozenset(_outer_types(root)), " ".join(title.split()))


def read_fragments(data: bytes) -> dict[str, str]:
    """Return the text of each element of a document that has an id, and under '' that of the whole."""
    root, _ = _root(data)
    if root is None:
        return {}
    found = {element.get("id", ""): element for element in root.iter() if element.get("id")}
    return {name: _text_of(element) for name, element in {"": root, **found}.items()}


def _text_of(element: "etree._Element") -> str:
    walker = _Walker(UNREAD_TYPES)
    tail, element.tail = element.tail, None
    walker.visit(element)
    element.tail = tail
    return " ".join(block.text for block in _tidied(walker.blocks))


def _root(data: bytes) -> "tuple[etree._Element | None, str]":
    """Return the tree of a document, None where it has none, and its flaw."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decoded(data).replace("\x00", ""))
    if text.count("<") > MOST_TAGS or _CROWDED.search(text):
        return None, "more markup than a book can have"
    # `huge_tree` lets tags nest 2,048 deep: old HTML that closes no <font> is deeper than the usual 256.
    parser = html.HTMLParser(no_network=True, huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        root = None
    # The parser drops, without an error, all that follows what is too deep.
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        return None, "nested too deeply"
    return root, ""


def _types(element: "etree._Element") -> set[str]:
    words = f"{element.get('epub:type', '')} {element.get(EPUB_TYPE, '')} {element.get('role', '')}"
    return set(words.lower().split())


def _outer_types(root: "etree._Element") -> Iterator[str]:
    """Yield the types of <body> and of elements that are all there is in it."""
    element = root.find("body")
    while element is not None:
        yield from _types(element)
        children = [child for child in element if isinstance(child.tag, str)]
        element = children[0] if len(children) == 1 else None
        if element is None and children and children[0].tag == "section":
            yield from _types(children[0])


class _Walker:
    """Collects blocks in one pass; nesting is followed with a list, because documents may nest deeper than Python."""

    def __init__(self, unread: frozenset[str]) -> None:
        self.blocks: list[Block] = [Block()]
        self._unread_types = unread

    def visit(self, root: "etree._Element") -> None:
        stack: list[tuple[etree._Element, bool, bool]] = [(root, False, False)]
        while stack:
            element, leaving, linked = stack.pop()
            if leaving:
                self._leave(element)
                self._add(element.tail, linked)
                continue
            if not isinstance(element.tag, str) or self._unread(element):
                self._anchor(element)
                self._add(element.tail, linked)
                continue
            self._enter(element)
            inside = linked or (element.tag == "a" and element.get("href") is not None)
            self._add(element.text, inside)
            stack.append((element, True, linked))
            stack.extend((child, False, inside) for child in reversed(element))

    def _unread(self, element: "etree._Element") -> bool:
        if element.tag in UNREAD or element.get("hidden") is not None or _types(element) & self._unread_types:
            return True
        if element.tag in ("span", "a", "div") and _PAGE_CLASS.search(element.get("class", "")):
            return True
        # <sup><a href="#n1">1</a></sup> is a footnote call; 2<sup>nd</sup> is not.
        return element.tag == "sup" and element.find(".//a[@href]") is not None

    def _enter(self, element: "etree._Element") -> None:
        tag = element.tag
        if tag in BLOCKS:
            self._break()
            if re.fullmatch("h[1-6]", tag):
                self.blocks[-1].level = int(tag[1])
            elif (parent := element.getparent()) is not None and parent.tag == "hgroup":
                self.blocks[-1].level = SUBTITLE
        elif tag == "br":
            self.blocks[-1].text += "\n"
        elif tag in ("td", "th"):
            self.blocks[-1].text += " "
        self._anchor(element)

    def _leave(self, element: "etree._Element") -> None:
        if element.tag in BLOCKS:
            self._break()

    def _break(self) -> None:
        last = self.blocks[-1]
        if last.text.strip():
            self.blocks.append(Block())
        else:
            last.text, last.level = "", 0

    def _anchor(self, element: "etree._Element") -> None:
        name = element.get("id") or (element.get("name") if element.tag == "a" else None)
        if name:
            self.blocks[-1].anchors.append(name)

    def _add(self, text: str | None, linked: bool) -> None:
        if text:
            folded = re.sub(r"[ \t\r\n\f\u00a0\u2002-\u200a\u202f\u3000]+", " ", text)
            folded = re.sub("[\u00ad\u200b\u2060\ufeff]", "", folded)
            self.blocks[-1].text += folded
            if linked:
                self.blocks[-1].linked += len(folded.strip())


def _tidied(blocks: list[Block]) -> Iterator[Block]:
    anchors: list[str] = []
    for block in blocks:
        lines = (" ".join(line.split()) for line in block.text.split("\n"))
        block.text = "\n".join(filter(None, lines))
        anchors += block.anchors
        if block.text:
            block.anchors, anchors = anchors, []
            yield block
