"""Text to sentences: spaCy's sentencizer, mended for fiction.

The sentencizer ends a sentence at every full stop, question or exclamation mark, and gives an opening quotation mark to
the sentence before. Here an opening mark goes with its speech, a closing one stays, and a sentence goes on where a
reader would: `"What!" cried I.` is one.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from scorer.book.book import Chapter, Sentence

if TYPE_CHECKING:
    from spacy.language import Language

    from scorer.book.outline import Draft

LONGEST: Final = 200_000  # characters handed to spaCy at once; it refuses over a million
_SAYS: Final = (
    "said|says|say|cried|cries|asked|asks|answered|replied|replies|returned|exclaimed|whispered|shouted|called|murmured|"
    "muttered|thought|growled|remarked|observed|continued|added|inquired|enquired|repeated|screamed|sighed|roared|began|"
    "interrupted|demanded|laughed|sobbed|went"
)
_SPEECH_GOES_ON = re.compile(rf"(?:[A-Z]\w*|[Tt]he \w+|[Aa]n? \w+|[Hh]is \w+|[Hh]er \w+)(?: \w+)? (?:{_SAYS})\b")
_SAID_SHORTLY = re.compile(rf"(?:I|[Hh]e|[Ss]he|[Tt]hey|[Ww]e|[Ii]t)(?: \w+ly)? (?:{_SAYS})\b")
_CLOSED = re.compile(r"[!?,…—-][\"'”’»]+$")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"‘'—-])(?:Mr|Mrs|Ms|Messrs|Mme|Mlle|Dr|St|Rev|Hon|Capt|Col|Gen|Lieut|Lt|Sergt|Prof|Esq|Jr|Sr|vs|viz|etc|"
    r"i\.e|e\.g|No|Vol|Fig|[A-HJ-Z])\.$"
)
_ENDS_WITH_I = re.compile(r"(?<![A-Z.] )\bI\.[\"'”’»]*\s+(?=[\"'“‘«]?[A-Z])(?![A-Z]\.)")
_OPENING = re.compile(r"(?:^|(?<=[\s—-]))([“‘«\"'(\[]+)\s*$")


@cache
def _sentencizer() -> "Language":
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer", config={"punct_chars": [".", "!", "?", "…", "。", "！", "？", "؟", "।"]})
    return nlp


def chapters_from(drafts: "Sequence[Draft]") -> tuple[Chapter, ...]:
    """Return chapters of drafts: blocks joined by blank lines, cut into sentences, none across a block."""
    chapters: list[Chapter] = []
    for index, draft in enumerate(drafts):
        text, spans = _laid_out([block.text for block in draft.blocks])
        sentences = tuple(Sentence(index, start, end, text[start:end]) for start, end in spans)
        title = draft.title or ("Opening" if any(other.title for other in drafts) else f"Chapter {index + 1}")
        chapters.append(Chapter(index, title, draft.href, text, sentences))
    return tuple(chapters)


def _laid_out(blocks: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    spans: list[tuple[int, int]] = []
    position = 0
    for block, cuts in zip(blocks, sentence_starts(blocks), strict=True):
        ends = [*cuts[1:], len(block)]
        for start, end in zip(cuts, ends, strict=True):
            piece = block[start:end]
            inner = start + len(piece) - len(piece.lstrip())
            spans.append((position + inner, position + start + len(piece.rstrip())))
        position += len(block) + 2
    return "\n\n".join(blocks), spans


def sentence_starts(paragraphs: Sequence[str]) -> Iterator[list[int]]:
    """Yield, for each paragraph, where its sentences start; the first is 0. Paragraphs must not be blank."""
    pieces = [piece for paragraph in paragraphs for piece in _pieces(paragraph)]
    docs = _sentencizer().pipe(pieces, batch_size=256)
    for paragraph in paragraphs:
        rough, offset = [], 0
        for piece in _pieces(paragraph):
            rough += [offset + sentence.start_char for sentence in next(docs).sents]
            offset += len(piece)
        yield mended(paragraph, rough)


def _pieces(paragraph: str) -> list[str]:
    return [paragraph[i : i + LONGEST] for i in range(0, len(paragraph), LONGEST)] or [paragraph]


def mended(text: str, rough: Sequence[int]) -> list[int]:
    """Return better starts for the sentences of `text` than `rough` ones (the first of which is 0)."""
    starts = [0]
    # spaCy takes "I." for an initial; `cried I.` ends a sentence.
    missed = (found.end() for found in _ENDS_WITH_I.finditer(text))
    for cut in sorted({*rough[1:], *missed}):
        start = _before_opening(text, cut)
        if start > starts[-1] and not _goes_on(text[starts[-1] : start].rstrip(), text[start : start + 100].lstrip()):
            starts.append(start)
    return starts


def _before_opening(text: str, cut: int) -> int:
    """Move a cut to before the opening quotation mark or bracket that stands before it."""
    found = _OPENING.search(text, max(0, cut - 6), cut)
    return found.start(1) if found else cut


def _goes_on(before: str, after: str) -> bool:
    if not any(map(str.isalnum, after)) or not any(map(str.isalnum, before)):
        return True
    if _ABBREVIATION.search(before[-12:]):
        return True
    first = after[0]
    if first.islower() or first in ",;:)]—–-”’»":
        return True
    return bool(_CLOSED.search(before)) and bool(_SPEECH_GOES_ON.match(after) or _SAID_SHORTLY.match(after))
