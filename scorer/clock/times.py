"""Cues on the narration's clock."""

from collections.abc import Sequence
from dataclasses import replace

from scorer.book import Book
from scorer.clock.position import sentence_borders
from scorer.cues.cue import Cue
from scorer.errors import BookError, CueSheetError


def narration_times(book: Book, cues: Sequence[Cue], narration_s: float) -> list[Cue]:
    """Return the cues with start_s and end_s in a narration of the whole book that lasts `narration_s` seconds.

    The cues tile [0, narration_s]. Raises `CueSheetError` where they do not tile the book's sentences, `BookError`
    where the book has none.
    """
    require_tiling(book, cues)
    borders = sentence_borders(book, narration_s)
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
