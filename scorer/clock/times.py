"""Cues on the narration's clock."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scorer.book import Book
from scorer.cues.cue import Cue
from scorer.errors import BookError, CueSheetError


def narration_times(book: Book, cues: Sequence[Cue], borders: NDArray[np.float64]) -> list[Cue]:
    """Return the cues with start_s and end_s in a narration whose sentences lie between `borders` (n + 1,), in seconds.

    The cues tile what is between the first border and the last. Raises `CueSheetError` where they do not tile the
    book's sentences, `BookError` where the book has none.
    """
    require_tiling(book, cues)
    return [
        replace(cue, start_s=float(borders[cue.first_sentence - 1]), end_s=float(borders[cue.last_sentence]))
        for cue in cues
    ]


def require_tiling(book: Book, cues: Sequence[Cue]) -> None:
    """Raise `CueSheetError` where cues do not tile the book's sentences, `BookError` where the book has none."""
    sentences = len(book.sentences)
    if not sentences:
        raise BookError(f"{book.title}: no sentence in it to set to the narration")
    expected = 1
    for cue in cues:
        if cue.last_sentence > sentences:
            raise CueSheetError(
                f"cue {cue.cue}: ends at sentence {cue.last_sentence}, but the book has {sentences}; "
                "is it the cue sheet of this book?"
            )
        if cue.first_sentence > cue.last_sentence or cue.first_sentence < expected:
            raise CueSheetError(
                f"cue {cue.cue}: sentences {cue.first_sentence} to {cue.last_sentence} run backwards "
                "or into the cue before"
            )
        if cue.first_sentence > expected:
            raise _gap(expected, cue.first_sentence - 1)
        expected = cue.last_sentence + 1
    if expected <= sentences:
        raise _gap(expected, sentences)


def _gap(first: int, last: int) -> CueSheetError:
    return CueSheetError(
        f"sentences {first} to {last} are in no cue; extend a cue, or add a row without a track for silence"
    )
