"""The cue sheet as CSV: UTF-8, RFC 4180, one row a cue, alternatives joined by ` | `; read from JSON and OTIO, too.

What spreadsheets make of it when they save it again is understood: semicolons or tabs between columns, commas in
numbers, a byte-order mark, UTF-16.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, astuple, fields, replace
from pathlib import Path
from typing import Any, Final

from scorer.cues.cue import Cue
from scorer.cues.place import Where, placed
from scorer.cues.timeline import rows_of_timeline
from scorer.emotion import MOODS
from scorer.errors import CueSheetError

COLUMNS: Final = tuple(field.name for field in fields(Cue))
SEPARATOR: Final = " | "
DIVIDERS: Final = (",", ";", "\t")
OPTIONAL: Final = ("lock",)  # columns that a sheet may lack
LOCKED: Final = ("yes", "y", "x", "true", "1")
NOT_LOCKED: Final = ("", "no", "n", "false", "0")
JSON_FORMAT: Final = 1
_TIMES = ("start_s", "end_s", "track_start_s")
_KINDS: Final[dict[str, Any]] = {field.name: field.type for field in fields(Cue)}


def format_cues(cues: Sequence[Cue]) -> str:
    """Return a cue sheet's text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(name, value) for name, value in zip(COLUMNS, astuple(cue), strict=True)] for cue in cues)
    return out.getvalue()


def _cell(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return SEPARATOR.join(value)
    if isinstance(value, bool):
        return LOCKED[0] if value else ""
    if isinstance(value, float):
        # Adding zero turns -0.0 into 0.0, which would otherwise depend on rounding.
        return f"{value + 0.0:.3f}"
    return str(value)


def rounded(cue: Cue) -> Cue:
    """Return a cue with its numbers to the third place, as they are written."""
    numbers: dict[str, Any] = {
        name: round(value + 0.0, 3) for name, value in asdict(cue).items() if isinstance(value, float)
    }
    return replace(cue, **numbers)


def read_cues(path: Path) -> list[Cue]:
    """Read a cue sheet back, checked: `Cue`s whose times do not overlap, in order, their tracks where they lie.

    Raises `CueSheetError` with the line's number, in JSON the item's path, where it does not fit.
    """
    cues: list[Cue] = []
    for row, where in read_rows(path):
        cue = cue_of(row, where)
        for fault in order_faults(cues[-1] if cues else None, cue):
            raise CueSheetError(f"{where}: {fault}")
        cues.append(replace(cue, track=placed(cue.track, path)))
    if not cues:
        raise CueSheetError(f"{path}: no cue in it; write one with `scorer run`")
    return cues


def read_rows(path: Path) -> Iterator[tuple[dict[str, Any], Where]]:
    """Yield the cells of each row by name, and where it stands. Raises `CueSheetError` where it is no cue sheet."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except OSError as error:
        raise CueSheetError(f"{path}: cannot read the cue sheet ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise CueSheetError(f"{path}: not UTF-8 text; save the sheet as CSV in UTF-8") from error
    suffix = path.suffix.lower()
    yield from {".json": _from_json, ".otio": rows_of_timeline}.get(suffix, _from_csv)(text, path)


def _from_csv(text: str, path: Path) -> Iterator[tuple[dict[str, Any], Where]]:
    head = text.partition("\n")[0]
    divider = max(DIVIDERS, key=lambda mark: len(set(COLUMNS) & {cell.strip('" \r') for cell in head.split(mark)}))
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=divider)
    try:
        missing = [name for name in COLUMNS if name not in (*OPTIONAL, *(reader.fieldnames or ()))]
        if missing:
            what = "no cue sheet" if len(missing) == len(COLUMNS) - len(OPTIONAL) else f"no column {', '.join(missing)}"
            raise CueSheetError(f"{path}: line 1: {what}; it has to read {','.join(COLUMNS)}")
        for row in reader:
            yield row, Where(f"{path}: line {reader.line_num}")
    except csv.Error as error:
        raise CueSheetError(f"{path}: line {reader.line_num}: not CSV ({error})") from error


def _from_json(text: str, path: Path) -> Iterator[tuple[dict[str, Any], Where]]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CueSheetError(f"{path}: no cue sheet in JSON ({error}); write one with `scorer run`") from error
    if not isinstance(told, dict) or not {"cues", "format"} <= told.keys():
        raise CueSheetError(f"{path}: no cue sheet in JSON (no cues, or no format); write one with `scorer run`")
    rows, version = told["cues"], told["format"]
    if version != JSON_FORMAT:
        raise CueSheetError(f"{path}: of another version of scorer (format {version}, not {JSON_FORMAT})")
    if not isinstance(rows, list):
        raise CueSheetError(f"{path}: no cue sheet in JSON (cues is not a list); write one with `scorer run`")
    for number, row in enumerate(rows):
        where = Where(f"{path}: cues[{number}]", ".")
        if not isinstance(row, dict):
            raise CueSheetError(f"{where}: not an object")
        yield row, where


def cue_of(row: dict[str, Any], where: Where) -> Cue:
    """Return a row as a cue. Raises `CueSheetError` where a cell is missing or makes no sense."""
    return Cue(**{name: cell_of(row, name, where) for name in COLUMNS})


def cell_of(row: dict[str, Any], name: str, where: Where) -> Any:
    """Return the value of a cell. Raises `CueSheetError` where it is missing or makes no sense."""
    cell = row.get(name, "" if name in OPTIONAL else None)
    if cell is None:
        raise CueSheetError(f"{where.cell(name)} is missing")
    if name == "alternatives":
        return tuple(map(str, cell)) if isinstance(cell, list) else tuple(filter(None, str(cell).split(SEPARATOR)))
    text, kind = str(cell), _KINDS[name]
    if name == "mood" and text not in ("", *MOODS):
        raise CueSheetError(f"{where.cell(name)} '{text}' is none of {', '.join(MOODS)}")
    if kind is str:
        return text
    if kind is bool:
        return _locked(text.strip().lower(), where.cell(name))
    return _number(text.strip(), name, int if kind is int else float, where.cell(name))


def _number(text: str, name: str, kind: Callable[[str], float], where: str) -> float:
    try:
        number = kind(text if text.count(",") != 1 or "." in text else text.replace(",", "."))
    except ValueError as error:
        what = "a whole number" if kind is int else "a number"
        raise CueSheetError(f"{where} '{text}' is not {what}") from error
    if not abs(number) < 1e9 or (name in _TIMES and number < 0):
        raise CueSheetError(f"{where} {text} is out of range")
    return number


def _locked(text: str, where: str) -> bool:
    if text not in (*LOCKED, *NOT_LOCKED):
        raise CueSheetError(f"{where} '{text}' is neither {LOCKED[0]} nor empty")
    return text in LOCKED


def order_faults(before: Cue | None, cue: Cue) -> Iterator[str]:
    """Yield what is wrong with a cue that runs backwards, or into the one before, where that is known."""
    if cue.end_s < cue.start_s:
        yield f"ends at {cue.end_s} s, before it starts at {cue.start_s} s"
    if cue.last_sentence < cue.first_sentence:
        yield f"last_sentence {cue.last_sentence} comes before first_sentence"
    if before and cue.first_sentence <= before.last_sentence:
        yield f"sentence {cue.first_sentence} is already in the cue before"
    elif before and cue.start_s < before.end_s - 0.002:
        yield f"starts at {cue.start_s} s, before the cue before ends at {before.end_s} s"
