"""The clock by text position: a reader spends time on characters, and takes breath at stops.

Time is counted in characters: a sentence costs its printed characters, single spaces included, and each stop costs as
many as would be read meanwhile. Only the proportions matter: the whole is stretched to the narration's length.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.book import Book

# An unhurried reader speaks about 15 characters a second.
CLAUSE_STOP: Final = 3.0  # characters: 0.2 s at a comma, a colon, a dash
SENTENCE_STOP: Final = 8.0  # characters: half a second
CHAPTER_STOP: Final = 45.0  # characters: 3 s, the announcement of the next chapter not counted
CLAUSE_MARKS: Final = ",;:—–"


def sentence_borders(book: Book, narration_s: float, anchors: Sequence[tuple[int, float]] = ()) -> NDArray[np.float64]:
    """Return the borders of the book's n sentences in the narration, (n + 1,) seconds, from 0 to `narration_s`.

    `anchors` are sentences and when they begin, in seconds, both rising; the text between two is stretched by itself.
    """
    sentences = book.sentences
    costs = np.array([_cost(sentence.text) for sentence in sentences], dtype=np.float64)
    chapters = np.array([sentence.chapter for sentence in sentences])
    costs[:-1] += CHAPTER_STOP * (np.diff(chapters) != 0)
    borders = np.concatenate([[0.0], np.cumsum(costs)])
    known = {0.0: 0.0} | {float(borders[sentence]): time for sentence, time in anchors}
    known[float(borders[-1])] = narration_s
    times = np.maximum.accumulate(list(known.values()))
    return np.asarray(np.interp(borders, list(known), times))


def _cost(text: str) -> float:
    clauses = sum(text.count(mark) for mark in CLAUSE_MARKS)
    return len(" ".join(text.split())) + CLAUSE_STOP * clauses + SENTENCE_STOP
