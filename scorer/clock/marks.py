"""Marks in a narration, its own chapters, and which of the book's chapters they stand for."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from scorer.audio.metadata import Mark
from scorer.book import Book, Chapter
from scorer.clock.align import Anchors

ALIKE: Final = 0.75  # of two titles, by the letters that they share in order; with less they name different chapters
_EXTRA = re.compile(r"\b(credits?|intro(duction)?|outro|preface|(front|end) ?matter|title|dedication|copyright)\b")
_NUMBER = re.compile(r"\b(?:chapter|part|book|stave|letter|canto|act)?[ .]*(\d+|[ivxlc]+)\b")


def anchors_of(book: Book, marks: Sequence[Mark]) -> Anchors:
    """Return the first sentences of the book's chapters that marks stand for, and when those are, both rising.

    Titles and numbers tell, where they do for half of the chapters; otherwise as many marks as chapters, credits not
    counted, are taken one for one, unless some are titled in another order. None are returned where both find fewer
    than two.
    """
    chapters = _read(book)
    firsts = {chapter.index: first for chapter, first in zip(book.chapters, book.first_sentences, strict=True)}
    pairs = _titled(chapters, marks)
    if len(pairs) >= max(2, len(chapters) / 2):
        return [(firsts[chapter.index], mark.start_s) for chapter, mark in pairs]
    if astray(book, marks):
        return []
    own = [mark for mark in marks if not _EXTRA.search(mark.title.lower())]
    for some in (marks, own):
        if len(some) == len(chapters) > 1:
            return [(firsts[chapter.index], mark.start_s) for chapter, mark in zip(chapters, some, strict=True)]
    return []


def astray(book: Book, marks: Sequence[Mark]) -> list[str]:
    """Return the titles of marks that stand for chapters of the book, but not in its order."""
    pairs = _titled(_read(book), marks)
    known = {chapter.index for chapter, _ in pairs}
    left = [chapter for chapter in _read(book) if chapter.index not in known]
    others = [mark for mark in marks if not any(mark is one for _, one in pairs)]
    return [mark.title for mark in others if any(_alike(chapter.title, mark.title) for chapter in left)]


def _read(book: Book) -> list[Chapter]:
    return [chapter for chapter in book.chapters if chapter.sentences]


def _titled(chapters: Sequence[Chapter], marks: Sequence[Mark]) -> list[tuple[Chapter, Mark]]:
    """Return the longest rising chain of chapters and marks that are titled alike."""
    best: list[list[tuple[Chapter, Mark]]] = [[] for _ in range(len(marks) + 1)]
    for chapter in chapters:
        row: list[list[tuple[Chapter, Mark]]] = [[]]
        for number, mark in enumerate(marks):
            joined = [*best[number], (chapter, mark)] if _alike(chapter.title, mark.title) else []
            row.append(max(best[number + 1], row[-1], joined, key=len))
        best = row
    return best[-1]


def _alike(mine: str, other: str) -> bool:
    one, two = (" ".join(re.findall(r"[^\W_]+", title.lower())) for title in (mine, other))
    if not one or not two:
        return False
    numbers = [_NUMBER.match(title) for title in (one, two)]
    if numbers[0] and numbers[1]:
        return _value(numbers[0].group(1)) == _value(numbers[1].group(1))
    return one in two or two in one or SequenceMatcher(None, one, two).ratio() >= ALIKE


def _value(number: str) -> int:
    if number.isdigit():
        return int(number)
    digits = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[letter] for letter in number]
    return sum(-one if one < two else one for one, two in zip(digits, [*digits[1:], 0], strict=True))
