"""What is off in a cue sheet that a person has edited: everything at once, each fault once, where it stands."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from scorer.book import Book
from scorer.cues.cue import Cue
from scorer.cues.place import Where, placed
from scorer.cues.sheet import COLUMNS, cell_of, order_faults, read_rows
from scorer.errors import CueSheetError

BORDERS: Final = frozenset(("first_sentence", "last_sentence", "start_s", "end_s"))

_EMPTY: Final[dict[str, Any]] = dict.fromkeys(COLUMNS)


def problems_of(path: Path, book: Book) -> list[str]:
    """Return what is off, a line each: cells, order, sentences in no cue, tracks that are not there.

    What follows a cue whose borders are not to be trusted is not measured by them. Raises `CueSheetError` where the
    file is no cue sheet at all.
    """
    return list(_problems(path, book))


def _problems(path: Path, book: Book) -> Iterator[str]:
    count = len(book.sentences)
    where: Where | None = None
    before: Cue | None = None
    covered: int | None = 0  # sentences, where known
    for row, where in read_rows(path):
        cells, faults = _read(row, where)
        yield from faults
        if not cells.keys() >= BORDERS:
            before, covered = None, None
            continue
        cue = Cue(**_EMPTY | cells)
        for fault in order_faults(before, cue):
            yield f"{where}: {fault}"
        if covered is not None and cue.first_sentence > covered + 1:
            yield f"{where}: sentences {covered + 1} to {cue.first_sentence - 1} before it are in no cue"
        if cue.last_sentence > count:
            yield f"{where}: ends at sentence {cue.last_sentence}, but the book has {count}"
        if cue.track and not Path(placed(cue.track, path)).exists():
            yield f"{where.cell('track')} {cue.track}: no such file"
        trusted = cue.first_sentence <= cue.last_sentence <= count and cue.start_s <= cue.end_s
        before, covered = (cue, cue.last_sentence) if trusted else (None, None)
    if where is None:
        yield f"{path}: no cue in it; write one with `scorer run`"
    elif covered is not None and covered < count:
        yield f"{where}: sentences {covered + 1} to {count} behind it are in no cue"


def _read(row: dict[str, Any], where: Where) -> tuple[dict[str, Any], list[str]]:
    """Return the cells of a row that make sense, and what is wrong with the others."""
    cells: dict[str, Any] = {}
    faults: list[str] = []
    for name in COLUMNS:
        try:
            cells[name] = cell_of(row, name, where)
        except CueSheetError as error:
            faults.append(str(error))
    return cells, faults
