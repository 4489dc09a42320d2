"""The clock of a narration: when each sentence begins, and how that is known."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from scorer.audio.decode import stream
from scorer.book import Book
from scorer.clock.align import PAUSES, Aligned, align
from scorer.clock.cepstra import SAMPLE_RATE, cepstra
from scorer.clock.match import match
from scorer.clock.pauses import activity, paced
from scorer.clock.position import sentence_borders
from scorer.clock.reading import has_espeak, read_aloud
from scorer.clock.sidecar import read_sidecar, sidecar_of
from scorer.errors import ClockError

Source = Literal["alignment", "warping", "pauses", "position"]
BLOCK_S: Final = 60.0
LEAST_FIT: Final = (
    0.16  # readings of their own text reach 0.17 and more, with much said before them, of another's 0.14 and less
)
LEAST_SHARE: Final = 0.4  # of the book's words that an alignment file has to have
LEAST_FOUND: Final = 0.7  # of the sentences; with fewer, pauses tell less than the position in the text
LEAST_TEXT_S: Final = 20.0  # seconds: less speech than that tells nothing of whether it fits
EDGE_S: Final = 4.0  # seconds before the first sentence or behind the last that belong to it


@dataclass(frozen=True, slots=True)
class Clock:
    """Borders of the book's n sentences in the narration, (n + 1,) seconds, never falling, and where they come from.

    `fit` tells how much better the narration fits the text than the text backwards, or what share of the book's words
    an alignment file has; None where nothing was heard;
    `unread` of the sentences were not found in it and lie between their neighbours.
    """

    borders: NDArray[np.float64]
    source: Source
    fit: float | None = None
    unread: int = 0

    def as_dict(self) -> dict[str, str | float | int | None]:
        """Return what is known of the times, for scripts."""
        fit = None if self.fit is None else round(self.fit, 3)
        return {"source": self.source, "fit": fit, "sentences_not_found": self.unread}

    def describe(self) -> str:
        """Return a line that tells a person how the times are known."""
        if self.source == "position":
            return "clock: by position in the text, a guess"
        missing = f", {self.unread} sentences not found in it" if self.unread else ""
        if self.source == "pauses":
            return f"clock: by the narration's pauses and the length of sentences{missing}; with espeak-ng it is surer"
        if self.source == "alignment":
            return f"clock: from the alignment file, which has {self.fit:.0%} of the book's words{missing}"
        return f"clock: the narration was heard and followed in the text (fit {self.fit:.2f}){missing}"


def read_clock(
    book: Book,
    narration: Path,
    seconds: float,
    *,
    source: Source | None = None,
    alignment: Path | None = None,
    force: bool = False,
    progress: Callable[[int], object] | None = None,
) -> Clock:
    """Return the clock of a narration of the whole book that lasts `seconds`, from the best source there is.

    `alignment` is a file of times (see `scorer.clock.sidecar`), by default one beside the narration under its name.
    `source` asks for one source. Where the narration does not fit the text, the clock by position is taken with
    `force`; without, `ClockError` is raised, and likewise where the source that is asked for is not to be had.
    `progress` is called with 1 for each sentence.
    """
    timed = alignment or (sidecar_of(narration) if source in (None, "alignment") else None)
    if timed is not None:
        matched = match([each.text for each in book.sentences], read_sidecar(timed))
        return _checked(matched, "alignment", LEAST_SHARE, timed, book, seconds, force)
    if source == "alignment":
        raise ClockError(f"{narration}: no alignment beside it; name one with --alignment")
    if source == "warping" and not has_espeak():
        raise ClockError("the clock by warping needs the program espeak-ng on PATH; install it, or leave --clock out")
    if source == "pauses" or (source is None and not has_espeak()):
        return _by_pauses(book, narration, seconds)
    if source == "position":
        return Clock(sentence_borders(book, seconds), "position")
    found = align(_heard(narration), read_aloud([each.text for each in book.sentences], book.language, progress))
    least = LEAST_FIT if seconds > LEAST_TEXT_S else -1.0
    return _checked(found, "warping", least, narration, book, seconds, force)


def _by_pauses(book: Book, narration: Path, seconds: float) -> Clock:
    """Follow speech and pauses; they are much alike in any text, so that nothing tells whether the narration fits."""
    found = align(activity(_heard(narration)), paced([each.text for each in book.sentences]), PAUSES)
    unread = int(np.isnan(found.starts).sum())
    if unread > (1.0 - LEAST_FOUND) * len(book.sentences):
        return Clock(sentence_borders(book, seconds), "position")
    return Clock(_borders(found, book, seconds), "pauses", None, unread)


def _checked(
    found: Aligned, source: Source, least: float, path: Path, book: Book, seconds: float, force: bool
) -> Clock:
    if found.fit >= least:
        return Clock(_borders(found, book, seconds), source, found.fit, int(np.isnan(found.starts).sum()))
    if force:
        return Clock(sentence_borders(book, seconds), "position", found.fit)
    raise ClockError(
        f"{path}: does not fit the text of '{book.title}' (fit {found.fit:.2f}, a reading of it has {least} or more): "
        "is it of this book? with --force the music is placed by position"
    )


def _heard(narration: Path) -> NDArray[np.float32]:
    blocks = stream(narration, sample_rate=SAMPLE_RATE, channels=1, block_s=BLOCK_S)
    return cepstra(block[:, 0] for block in blocks)


def _borders(found: Aligned, book: Book, seconds: float) -> NDArray[np.float64]:
    """Return borders from starts; what was not found lies between its neighbours, by position in the text."""
    starts = found.starts.copy()
    known = ~np.isnan(starts)
    # of readings out of order the later sentence's time counts
    later = np.minimum.accumulate(np.where(known, starts, np.inf)[::-1])[::-1]
    starts[known] = later[known]
    last = float(np.nanmax(found.ends)) if known.any() else seconds
    end = seconds if seconds - last < EDGE_S else last
    place = sentence_borders(book, seconds)
    anchors = np.append(np.flatnonzero(known), len(starts))
    times = np.append(starts[known], max(end, float(starts[known].max(initial=0.0))))
    if not known[0]:
        first = min(place[0], times[0]) if times[0] < EDGE_S else times[0]
        anchors, times = np.append(0, anchors), np.append(first, times)
    borders = np.interp(place, place[anchors], times)
    if borders[0] < EDGE_S:
        borders[0] = 0.0
    return np.asarray(np.clip(borders, 0.0, seconds), np.float64)
