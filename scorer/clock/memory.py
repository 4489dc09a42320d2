"""Clocks that were found by listening, remembered, so that the same narration is not followed twice."""

import hashlib
import json
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from platformdirs import user_cache_path

from scorer.audio.recording import Recording
from scorer.book import Book
from scorer.clock.clock import Clock, Source
from scorer.clock.reading import has_espeak
from scorer.files import whole_file

FORMAT: Final = 3  # of what is remembered, and of how clocks are found: raised when either changes
MOST: Final = 100  # clocks; the oldest go


def remembered(book: Book, narration: Recording, source: Source | None) -> Clock | None:
    """Return the clock that was found for a text and sound files, unchanged since, or None."""
    try:
        with np.load(_place(book, narration, source)) as kept:
            fit = float(kept["fit"])
            return Clock(kept["borders"], str(kept["source"]), kept["found"], None if np.isnan(fit) else fit)  # type: ignore[arg-type]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None


def remember(book: Book, narration: Recording, source: Source | None, clock: Clock) -> None:
    """Keep a clock in the user's cache folder; where that cannot be written, it is found anew next time."""
    place = _place(book, narration, source)
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        for old in sorted(place.parent.glob("*.npz"), key=lambda path: -path.stat().st_mtime)[MOST - 1 :]:
            old.unlink()
        with whole_file(place) as part:
            fit = np.nan if clock.fit is None else clock.fit
            np.savez(part, borders=clock.borders, found=clock.found, source=clock.source, fit=fit)


def _place(book: Book, narration: Recording, source: Source | None) -> Path:
    files = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in narration.files]
    stretches = [(one.start_s, one.end_s) for one in narration.stretches]
    texts = [sentence.text for sentence in book.sentences]
    told = json.dumps([FORMAT, source, has_espeak(), files, stretches, texts, book.language])
    name = hashlib.sha256(told.encode()).hexdigest()[:32]
    return user_cache_path("scorer", appauthor=False) / "clocks" / f"{name}.npz"
