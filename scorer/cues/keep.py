"""Cues of a sheet that a person edited: read with the book, and those that are locked handed to the programme."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scorer.book import Book
from scorer.cues.cue import Cue
from scorer.cues.passage import Passage
from scorer.cues.sheet import read_cues
from scorer.errors import CueSheetError
from scorer.library.index import Index
from scorer.match import NEVER, Fit
from scorer.smooth import Lock


@dataclass(frozen=True, slots=True)
class Kept:
    """A cue that is kept, and the lock that keeps it."""

    cue: Cue
    lock: Lock


def locked_cues(path: Path, book: Book) -> list[Cue]:
    """Return the locked cues of a sheet of this book, in order.

    Raises `CueSheetError` where the sheet cannot be read or goes beyond the book.
    """
    cues = read_cues(path)
    require_within(cues[-1], book, path)
    return [cue for cue in cues if cue.lock]


def cue_numbered(number: int, path: Path) -> Cue:
    """Return a cue of a sheet. Raises `CueSheetError` where it cannot be read, or where no cue has that number."""
    cues = read_cues(path)
    found = next((cue for cue in cues if cue.cue == number), None)
    if found is None:
        raise CueSheetError(f"{path}: no cue {number}; it has {cues[0].cue} to {cues[-1].cue}")
    return found


def require_within(cue: Cue, book: Book, path: Path) -> None:
    """Raise `CueSheetError` where a cue of the sheet at `path` goes beyond the book."""
    count = len(book.sentences)
    if cue.last_sentence > count:
        raise CueSheetError(
            f"{path}: ends at sentence {cue.last_sentence}, but the book has {count}; is it a sheet of this book?"
        )


def borders(cues: Sequence[Cue]) -> list[int]:
    """Return the sentences, from 0 and ascending, where cues begin or what follows them does."""
    return sorted(set(chain.from_iterable((cue.first_sentence - 1, cue.last_sentence) for cue in cues)))


def settle(cues: Sequence[Cue], passage: Passage, fit: Fit, index: Index) -> tuple[NDArray[np.float32], list[Kept]]:
    """Return the states (W, K + E + 1) for the programme, and the cues with their locks.

    The windows of the passage begin where the cues do. E states are added, before silence, for tracks that are kept
    without being among the K candidates; no other cue gets them.
    """
    number = {index.tracks[row].path: state for state, row in enumerate(fit.tracks.tolist())}
    extra = dict.fromkeys(cue.track for cue in cues if cue.track and cue.track not in number)
    number |= {track: len(fit.tracks) + place for place, track in enumerate(extra)}
    number[""] = len(number)
    never = np.full((len(fit.states), len(extra)), fit.states.min() + NEVER, np.float32)
    kept = []
    for cue in cues:
        span = passage.span(cue.first_sentence - 1, cue.last_sentence)
        kept.append(Kept(cue, Lock(span.start, span.stop, number[cue.track])))
    return np.insert(fit.states, [len(fit.tracks)], never, axis=1), kept
