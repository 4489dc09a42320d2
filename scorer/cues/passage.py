"""The passage: a book's windows with all that is known of them when its music is chosen."""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scorer.book import Book, Window
from scorer.nets.emotions import Emotions


@dataclass(frozen=True, slots=True)
class Passage:
    """A book's W windows, (W,) seconds each, and their emotions; `times` are the borders of its sentences, seconds."""

    book: Book
    windows: tuple[Window, ...]
    seconds: NDArray[np.float64]
    emotions: Emotions
    times: NDArray[np.float64]

    @property
    def chapters(self) -> NDArray[np.int64]:
        """The chapter of each window, (W,), from 0."""
        return np.array([window.chapter for window in self.windows])

    def span(self, first: int, stop: int) -> slice:
        """Return the windows that stand for the sentences from `first` up to `stop`, where both are borders of some."""
        starts = [window.core_first for window in self.windows]
        return slice(bisect_left(starts, first), bisect_left(starts, stop))


def cut_at(passage: Passage, sentences: Sequence[int]) -> Passage:
    """Return a passage in which a window begins at each of these sentences, ascending and from 0.

    A window that is cut stands for fewer sentences in each part; what was read in it stays.
    """
    made: list[Window] = []
    rows: list[int] = []
    for row, window in enumerate(passage.windows):
        inner = sentences[bisect_right(sentences, window.core_first) : bisect_right(sentences, window.core_last)]
        for first, stop in itertools.pairwise([window.core_first, *inner, window.core_last + 1]):
            made.append(replace(window, core_first=first, core_last=stop - 1))
            rows.append(row)
    read = passage.emotions
    return replace(
        passage,
        windows=tuple(made),
        seconds=np.array([passage.times[w.core_last + 1] - passage.times[w.core_first] for w in made]),
        emotions=Emotions(read.moods[rows], read.valence_arousal[rows], read.vectors[rows], read.music[rows]),
    )
