"""Where chapters begin: from the table of contents, else from headings, else a document each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scorer.book.frontmatter import words_of
from scorer.book.markup import Block
from scorer.book.package import Entry

TYPICAL_WORDS: Final = 400  # deeper levels of the contents are sections, not chapters, where half are shorter than this
TITLE_WORDS: Final = 25  # what is shorter is a title that stands alone; it opens what follows
_NUMBER = re.compile(r"(?:\w+ )?(?:[IVXLC]+|\d+)\.?$", re.I)
_LETTER = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Part:
    """A narrated document: its href and its blocks."""

    href: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A chapter to be: title, the document it starts in, and its blocks."""

    title: str
    href: str
    blocks: tuple[Block, ...]


_Starts = dict[tuple[int, int], str]  # (document, block) -> title


def chapters_of(parts: Sequence[Part], contents: Sequence[Entry]) -> list[Draft]:
    """Cut narrated documents into chapters as a reader would name them."""
    levels = sorted({entry.level for entry in contents})
    drafts: list[Draft] = []
    for depth in levels or [0]:
        deeper = _cut(parts, _starts(parts, [entry for entry in contents if entry.level <= depth]))
        lengths = sorted(words_of(draft.blocks) for draft in deeper)
        if not drafts or (len(deeper) > len(drafts) and lengths[len(lengths) // 2] >= TYPICAL_WORDS):
            drafts = deeper
    return drafts


def _starts(parts: Sequence[Part], contents: Sequence[Entry]) -> _Starts:
    starts: _Starts = {}
    number = {part.href: i for i, part in enumerate(parts)}
    astray: _Starts = {}
    for entry in contents:
        if entry.href in number:
            document = number[entry.href]
            block = _block_of(parts[document], entry.anchor)
            (starts if block is not None else astray).setdefault((document, block or 0), entry.title)
    listed = {document for document, _ in starts}
    # An anchor that is nowhere, or in a footnote, names its document only where nothing better does.
    starts.update({place: title for place, title in astray.items() if place[0] not in listed})
    listed |= {document for document, _ in starts}
    for document, part in enumerate(parts):
        if document not in listed:
            starts.update(_headings(document, part))
    if parts and (0, 0) not in starts:
        starts[0, 0] = ""
    return dict(sorted(starts.items()))


def _block_of(part: Part, anchor: str) -> int | None:
    if not anchor:
        return 0
    return next((i for i, block in enumerate(part.blocks) if anchor in block.anchors), None)


def _headings(document: int, part: Part) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield the headings of a document's highest level that has several, or the one that opens it."""
    levels = [block.level for block in part.blocks if block.level]
    if not levels:
        return
    top = min(levels, key=lambda level: (levels.count(level) < 2, level)) if len(levels) > 1 else levels[0]
    for i, block in enumerate(part.blocks):
        if block.level == top or (block.level and i == 0):
            yield (document, i), " ".join(block.text.split())


def _cut(parts: Sequence[Part], starts: _Starts) -> list[Draft]:
    order = list(starts)
    drafts: list[Draft] = []
    opening: tuple[Block, ...] = ()
    for i, (document, block) in enumerate(order):
        end = order[i + 1] if i + 1 < len(order) else (len(parts), 0)
        blocks = opening + tuple(_between(parts, (document, block), end))
        # A title alone is no chapter.
        if words_of(blocks) < TITLE_WORDS and i + 1 < len(order):
            opening = blocks
            continue
        opening = ()
        if any(_LETTER.search(b.text) for b in blocks):
            drafts.append(Draft(_title(starts[document, block], blocks), parts[document].href, blocks))
        elif drafts:  # an ornament such as * * * ends the chapter before it
            drafts[-1] = replace(drafts[-1], blocks=drafts[-1].blocks + blocks)
    return drafts


def _between(parts: Sequence[Part], start: tuple[int, int], end: tuple[int, int]) -> Iterator[Block]:
    for document in range(start[0], min(end[0] + 1, len(parts))):
        blocks = parts[document].blocks
        first = start[1] if document == start[0] else 0
        last = end[1] if document == end[0] else len(blocks)
        yield from blocks[first:last]


def _title(listed: str, blocks: Sequence[Block]) -> str:
    """Return a chapter's name: as listed, else its first heading; a bare number is joined by the heading after it."""
    headings = [" ".join(block.text.split()) for block in blocks[:3] if block.level]
    title = listed or (headings[0] if headings else "")
    if len(headings) > 1 and _NUMBER.match(title) and headings[0].lower() == title.lower():
        return f"{title}: {headings[1]}"
    return title
