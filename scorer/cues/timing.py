"""Estimated times: where in a reading a sentence would be, until a narration is known."""

import numpy as np
from numpy.typing import NDArray

from scorer.book import Book


def sentence_times(book: Book, wpm: float) -> NDArray[np.float64]:
    """Return the borders of the book's sentences in seconds, (sentences + 1,), read at `wpm` words a minute."""
    words = np.array([max(1, len(sentence.text.split())) for sentence in book.sentences], dtype=np.float64)
    return np.concatenate([[0.0], np.cumsum(words)]) * (60.0 / wpm)
