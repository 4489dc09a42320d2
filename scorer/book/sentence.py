"""Text to sentences: spaCy's sentencizer, mended for fiction."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from scorer.book.book import Chapter, Sentence
from scorer.book.boundary import mended

if TYPE_CHECKING:
    from spacy.language import Language

    from scorer.book.outline import Draft

_RUN: Final = re.compile(r"[^\w\s]{50,}")
LONGEST: Final = 200_000  # characters handed to spaCy at once; it refuses over a million


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
    # spaCy's time goes with the square of a run of marks; no sentence ends inside of one.
    pieces = [_RUN.sub(lambda run: "x" * len(run[0]), p) for paragraph in paragraphs for p in _pieces(paragraph)]
    docs = _sentencizer().pipe(pieces, batch_size=256)
    for paragraph in paragraphs:
        rough, offset = [], 0
        for piece in _pieces(paragraph):
            rough += [offset + sentence.start_char for sentence in next(docs).sents]
            offset += len(piece)
        yield mended(paragraph, rough)


def _pieces(paragraph: str) -> list[str]:
    return [paragraph[i : i + LONGEST] for i in range(0, len(paragraph), LONGEST)] or [paragraph]
