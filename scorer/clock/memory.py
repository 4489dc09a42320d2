"""Clocks that were found by listening, remembered, so that the same narration is not followed twice."""

from contextlib import suppress
from typing import Final

import numpy as np

from scorer.audio.recording import Recording
from scorer.book import Book
from scorer.clock.clock import Clock, Source
from scorer.clock.reading import has_espeak
from scorer.memory import Place, place_of

FORMAT: Final = 3  # of what is remembered, and of how clocks are found: raised when either changes


def remembered(book: Book, narration: Recording, source: Source | None) -> Clock | None:
    """Return the clock that was found for a text and sound files, unchanged since, or None."""
    kept = _place(book, narration, source).recalled()
    with suppress(KeyError, ValueError):
        if kept is not None:
            fit = float(kept["fit"])
            return Clock(kept["borders"], str(kept["source"]), kept["found"], None if np.isnan(fit) else fit)  # type: ignore[arg-type]
    return None


def remember(book: Book, narration: Recording, source: Source | None, clock: Clock) -> None:
    """Keep a clock."""
    fit = np.array(np.nan if clock.fit is None else clock.fit)
    arrays = {"borders": clock.borders, "found": clock.found, "source": np.array(clock.source), "fit": fit}
    _place(book, narration, source).remember(arrays)


def _place(book: Book, narration: Recording, source: Source | None) -> Place:
    files = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in narration.files]
    stretches = [(one.start_s, one.end_s) for one in narration.stretches]
    texts = [sentence.text for sentence in book.sentences]
    return place_of("clocks", [FORMAT, source, has_espeak(), files, stretches, texts, book.language])
