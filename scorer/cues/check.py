"""What is off in a cue sheet that a person has edited: everything at once, with line numbers."""

from collections.abc import Iterator
from pathlib import Path

from scorer.book import Book
from scorer.cues.cue import Cue
from scorer.cues.place import placed
from scorer.cues.sheet import check_order, cue_of, read_rows
from scorer.errors import CueSheetError


def problems_of(path: Path, book: Book) -> list[str]:
    """Return what is off, a line each: cells, order, sentences in no cue, tracks that are not there.

    Raises `CueSheetError` where the file is no cue sheet at all.
    """
    return list(_problems(path, book))


def _problems(path: Path, book: Book) -> Iterator[str]:
    sound: list[tuple[Cue, str]] = []
    count = len(book.sentences)
    rows = 0
    for row, where in read_rows(path):
        rows += 1
        try:
            cue = cue_of(row, where)
        except CueSheetError as error:
            yield str(error)
            continue
        before = sound[-1][0] if sound else None
        try:
            check_order([*([before] if before else []), cue], where)
        except CueSheetError as error:
            yield str(error)
        expected = before.last_sentence + 1 if before else 1
        if cue.first_sentence > expected:
            yield f"{where}: sentences {expected} to {cue.first_sentence - 1} before it are in no cue"
        if cue.last_sentence > count:
            yield f"{where}: ends at sentence {cue.last_sentence}, but the book has {count}"
        if cue.track and not Path(placed(cue.track, path)).exists():
            yield f"{where}: {cue.track}: no such file"
        sound.append((cue, where))
    if sound and sound[-1][0].last_sentence < count:
        yield f"{sound[-1][1]}: sentences {sound[-1][0].last_sentence + 1} to {count} behind it are in no cue"
    if not rows:
        yield f"{path}: no cue in it; write one with `scorer run`"
