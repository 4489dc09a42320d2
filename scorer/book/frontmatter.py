"""Which documents of a book are not narrated, and why."""

import re
from collections.abc import Iterable
from typing import Final

from scorer.book.markup import Block

REASONS: Final = {
    "cover": "cover",
    "titlepage": "title page",
    "title-page": "title page",
    "halftitlepage": "half-title page",
    "half-title": "half-title page",
    "toc": "table of contents",
    "contents": "table of contents",
    "nav": "navigation",
    "loi": "list of illustrations",
    "lot": "list of tables",
    "index": "index",
    "copyright": "copyright page",
    "copyright-page": "copyright page",
    "imprint": "imprint",
    "colophon": "colophon",
    "footnotes": "notes",
    "endnotes": "notes",
    "rearnotes": "notes",
    "notes": "notes",
}
_NAMES = re.compile(
    r"^(?:\d+[-_ ])?(cover|titlepage|title[-_ ]page|half[-_ ]?title(?:page)?|toc|contents|table[-_ ]of[-_ ]contents|nav"
    r"|copyright|copyright[-_ ]page|uncopyright|imprint|colophon|loi|lot|footnotes|endnotes|also by.*)$",
    re.I,
)
_BRIEF: Final = frozenset(("cover", "title page", "half-title page"))  # never long, whatever the book says of them
_NAMED: Final = {
    "uncopyright": "copyright page",
    "tableofcontents": "table of contents",
    "halftitle": "half-title page",
}
_LEGAL = re.compile(
    r"all rights reserved|copyright (?:©|\(c\)|\d{4})|\bisbn\b|creative commons|public domain|first published|"
    r"no part of this (?:book|publication)|published by|library of congress|gutenberg",
    re.I,
)
SHORT: Final = 600  # words: a longer document is narrated unless it says itself what it is
_GUTENBERG_START = re.compile(r"^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG", re.I)
_GUTENBERG_END = re.compile(
    r"^(?:\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG|End of (?:the )?Project Gutenberg)", re.I
)
_FRONT_DOCUMENTS: Final = 6  # a title page is among the first documents


def words_of(blocks: Iterable[Block]) -> int:
    """Count the words of blocks."""
    return sum(len(block.text.split()) for block in blocks)


def reason_to_omit(
    blocks: tuple[Block, ...], types: frozenset[str], names: tuple[str, ...], position: int, book_title: str
) -> str:
    """Return why a document is not narrated, or '' where it is.

    `types` are what the document or the guide says it is, `names` its file name without suffix and its titles,
    `position` its place in the spine.
    """
    words = words_of(blocks)
    for kind in sorted(types):
        reason = REASONS.get(kind.removeprefix("doc-"))
        if reason and (words <= SHORT or reason not in _BRIEF):
            return reason
    if not any(char.isalnum() for block in blocks for char in block.text):
        return "no text"
    if words > SHORT:
        return ""
    for name in names:
        if found := _NAMES.match(name.strip()):
            key = re.sub(r"[-_ ]", "", found.group(1).lower())
            return _NAMED.get(key) or REASONS.get(key, found.group(1).lower())
    return _by_content(blocks, words, position, book_title)


def _by_content(blocks: tuple[Block, ...], words: int, position: int, book_title: str) -> str:
    text = "\n".join(block.text for block in blocks)
    if len(_LEGAL.findall(text)) >= 2:
        return "copyright page"
    if words > 15 and sum(block.linked for block in blocks) > 0.7 * len(text):
        return "table of contents"
    if position < _FRONT_DOCUMENTS and words < 60 and any(_is_title(block, book_title) for block in blocks):
        return "title page"
    return ""


def _is_title(block: Block, book_title: str) -> bool:
    """Tell whether a block is the book's title, perhaps with a subtitle or the author, and no sentence of the book."""
    text, title = " ".join(block.text.split()).lower(), book_title.lower()[:30]
    return bool(title) and text.startswith(title) and not text.endswith((".", "!", "?", "”", '"'))


def without_gutenberg_frame(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Cut Project Gutenberg's header and licence from a document's blocks."""
    first, last = 0, len(blocks)
    for number, block in enumerate(blocks):
        if _GUTENBERG_START.match(block.text):
            first = number + 1
        elif _GUTENBERG_END.match(block.text):
            last = min(last, number)
    return blocks[first:last]
