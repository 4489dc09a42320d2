"""The clock of a narration: when each sentence begins, and how that is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from scorer.audio.recording import Recording, stream_recording
from scorer.book import Book
from scorer.clock.align import RHYTHM, SOUNDS, Aligned, Anchors, align
from scorer.clock.cepstra import SAMPLE_RATE, cepstra
from scorer.clock.marks import anchors_of
from scorer.clock.match import match
from scorer.clock.pauses import heard_rhythm, read_rhythm
from scorer.clock.position import sentence_borders
from scorer.clock.reading import has_espeak, read_aloud
from scorer.clock.sidecar import Timed, read_sidecar, sidecar_of
from scorer.errors import ClockError

Source = Literal["overlay", "alignment", "warping", "pauses", "chapters", "position"]
BLOCK_S: Final = 60.0
LEAST_SHARE: Final = 0.4  # of the book's words that an alignment file has to have
LEAST_FOUND: Final = 0.7  # of the sentences, where the fit tells nothing; with fewer, position tells more than pauses
# seconds of speech: with less nothing tells whether it fits
LEAST_HEARD_S: Final = 20.0
LEAST_RHYTHM_S: Final = 45.0
FULL_SCALE: Final = 32768.0
EDGE_S: Final = 4.0  # seconds before the first sentence or behind the last that belong to it


@dataclass(frozen=True, slots=True)
class Clock:
    """Borders of the book's n sentences in the narration, (n + 1,) seconds, never falling, and where they come from.

    `found` (n,) tells which sentences have a time of their own; the others lie between their neighbours. `fit` tells,
    of warping and pauses, how much better the narration fits the text than its clauses in other orders, of an alignment
    file or an overlay what share of the book's words it has; it is None where nothing was heard.
    """

    borders: NDArray[np.float64]
    source: Source
    found: NDArray[np.bool_]
    fit: float | None = None

    @property
    def unread(self) -> int:
        """How many sentences have no time of their own where others have; none where all are guessed."""
        return int((~self.found).sum()) if self.found.any() else 0

    def confidence(self, first: int, end: int) -> float:
        """Return the share of the sentences [first, end) that have a time of their own."""
        return float(self.found[first:end].mean()) if end > first else 0.0

    def as_dict(self) -> dict[str, str | float | int | None]:
        """Return what is known of the times, for scripts."""
        fit = None if self.fit is None else round(self.fit, 3)
        return {"source": self.source, "fit": fit, "sentences_not_found": self.unread}

    def describe(self) -> str:
        """Return a line that tells a person how the times are known."""
        missing = f", {self.unread} sentences not found in it" if self.unread else ""
        misfit = f", for the narration does not fit it (fit {self.fit:.2f})" if self.fit is not None else ""
        return {
            "overlay": f"clock: from the book's own media overlay{missing}",
            "alignment": f"clock: from the alignment file, which has {self.fit or 0:.0%} of the book's words{missing}",
            "warping": f"clock: the narration was heard and followed in the text (fit {self.fit or 0:.2f}){missing}",
            "pauses": f"clock: by the narration's pauses and letters' sounds (fit {self.fit or 0:.2f}){missing}; with "
            "espeak-ng it is surer",
            "chapters": "clock: by the narration's chapters, within them by position in the text, a guess",
            "position": f"clock: by position in the text, a guess{misfit}",
        }[self.source]


def read_clock(
    book: Book,
    narration: Recording,
    seconds: float,
    *,
    source: Source | None = None,
    overlay: Sequence[Timed] = (),
    alignment: Path | None = None,
    force: bool = False,
    quick: bool = False,
    progress: Callable[[int], object] | None = None,
) -> Clock:
    """Return the clock of a narration of the whole book that lasts `seconds`, from the best source there is.

    `overlay` are the texts and times of the book's own narration, where that is the narration. `alignment` is a file of
    times (see `scorer.clock.sidecar`), by default one beside the narration under its name. `source` asks for one
    source; without, and with `quick`, none is taken that has to listen. Where the narration does not fit the text, the
    clock by position is taken with `force`; without, `ClockError` is raised, and likewise where the source that is
    asked for is not to be had. `progress` is called with 1 for each sentence.
    """
    texts = [each.text for each in book.sentences]
    if source == "overlay" and not overlay:
        raise ClockError("the narration is not the book's own; leave --narration out where the EPUB carries one")
    if source == "overlay" or (overlay and source is None and alignment is None):
        return _clock(match(texts, overlay), "overlay", book, seconds)
    timed = alignment or (sidecar_of(narration.path) if source in (None, "alignment") else None)
    if timed is not None:
        matched = match(texts, read_sidecar(timed))
        return _checked(matched, "alignment", LEAST_SHARE, timed, book, seconds, force)
    if source == "alignment":
        raise ClockError(f"{narration.path}: no alignment beside it; name one with --alignment")
    anchors = anchors_of(book, narration.marks)
    if source == "chapters" and not anchors:
        raise ClockError(f"{narration.path}: has no chapters that could be matched with those of '{book.title}'")
    if source in ("chapters", "position") or (quick and source is None):
        return _guessed(book, seconds, () if source == "position" else anchors)
    if source == "warping" and not has_espeak():
        raise ClockError("the clock by warping needs the program espeak-ng on PATH; install it, or leave --clock out")
    if source == "pauses" or not has_espeak():
        paused = align(heard_rhythm(_heard(narration)), read_rhythm(texts), RHYTHM, anchors)
        least = RHYTHM.enough if seconds > LEAST_RHYTHM_S else -1.0
        clock = _checked(paused, "pauses", least, narration.path, book, seconds, force)
        sure = paused.fit >= RHYTHM.enough or clock.found.mean() >= LEAST_FOUND
        return clock if sure else _guessed(book, seconds, anchors)
    warped = align(_heard(narration), read_aloud(texts, book.language, progress), anchors=anchors)
    least = SOUNDS.enough if seconds > LEAST_HEARD_S else -1.0
    return _checked(warped, "warping", least, narration.path, book, seconds, force)


def _guessed(book: Book, seconds: float, anchors: Anchors = (), fit: float | None = None) -> Clock:
    nothing = np.zeros(len(book.sentences), np.bool_)
    return Clock(sentence_borders(book, seconds, anchors), "chapters" if anchors else "position", nothing, fit)


def _clock(aligned: Aligned, source: Source, book: Book, seconds: float) -> Clock:
    return Clock(_borders(aligned, book, seconds), source, ~np.isnan(aligned.starts), aligned.fit)


def _checked(
    aligned: Aligned, source: Source, least: float, path: Path, book: Book, seconds: float, force: bool
) -> Clock:
    fit = aligned.fit
    if fit >= least:
        return _clock(aligned, source, book, seconds)
    if force:
        return _guessed(book, seconds, fit=fit)
    raise ClockError(
        f"{path}: does not fit the text of '{book.title}' (fit {fit:.2f}, a reading of it has {least} or more): "
        "is it of this book? with --force the music is placed by position"
    )


def _heard(narration: Recording) -> NDArray[np.float32]:
    blocks = stream_recording(narration, sample_rate=SAMPLE_RATE, channels=1, block_s=BLOCK_S)
    return cepstra(block[:, 0].astype(np.float32) / FULL_SCALE for block in blocks)


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
