"""A scored book as one HTML file: its arc, its cues to hear and to change, and what was left out.

The file needs nothing else and works from disk. What comes from books and tags reaches it as JSON alone and is shown as
text; a content security policy lets no script run but the page's own.
"""

import base64
import csv
import hashlib
import io
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from scorer import __version__
from scorer.cues.sheet import format_cues
from scorer.emotion import MOODS
from scorer.files import whole_file
from scorer.page.palette import MOOD_COLOURS, SILENCE_COLOUR
from scorer.page.uncertainty import ERRORS, overlap, scatter

if TYPE_CHECKING:
    from scorer.cues.cue import Cue
    from scorer.cues.score import Score

ASSETS: Final = resources.files("scorer.page")


def write_page(path: Path, score: "Score") -> None:
    """Write a scored book's page, whole or not at all. Raises `UserError` as `whole_file` does."""
    with whole_file(path) as part:
        part.write_text(format_page(score), encoding="utf-8", newline="\n")


def format_page(score: "Score") -> str:
    """Return a scored book's page."""
    style, script = _asset("page.css"), _asset("mix.js") + _asset("page.js")
    # "<" as an escape: no text in the data can end the element that the data stands in.
    data = json.dumps(_told(score), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "media-src file: blob: http: https:; base-uri 'none'; form-action 'none'"
    )
    page = _asset("page.html").replace("{policy}", policy).replace("{style}", style).replace("{script}", script)
    return page.replace("{data}", data)


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _told(score: "Score") -> dict[str, Any]:
    book, times = score.passage.book, score.passage.times
    columns, *rows = csv.reader(io.StringIO(format_cues(score.cues), newline=""))
    return {
        "version": __version__,
        "title": book.title,
        "author": book.author,
        "language": book.language,
        "words": sum(len(chapter.text.split()) for chapter in book.chapters),
        "seconds": round(float(times[-1]), 3),
        "moods": MOODS,
        "colours": MOOD_COLOURS,
        "silent": SILENCE_COLOUR,
        "chapters": [
            {"title": chapter.title, "start": round(float(times[first]), 3)}
            for chapter, first in zip(book.chapters, book.first_sentences, strict=True)
        ],
        "windows": list(_windows(score)),
        "overlap": round(overlap(score.passage.windows), 3),
        "errors": ERRORS,
        "columns": columns,
        "rows": rows,
        "urls": {track: _url(track) for cue in score.cues for track in _tracks(cue)},
        "omitted": [[omitted.href, omitted.title, omitted.reason] for omitted in book.omitted],
    }


def _windows(score: "Score") -> Iterator[list[Any]]:
    """Yield the rows of the windows.

    Start and end in seconds, valence, arousal, how these scatter there, moods in per cent, and the text that the window
    stands for.
    """
    passage = score.passage
    sentences, points = passage.book.sentences, passage.emotions.valence_arousal.astype(np.float64)
    shared = overlap(passage.windows)
    deviations = [scatter(column, shared) for column in points.T]
    figures = np.column_stack([points, *deviations]).round(3).tolist()
    for window, numbers, moods in zip(passage.windows, figures, passage.emotions.moods.tolist(), strict=True):
        span = [round(float(passage.times[at]), 2) for at in (window.core_first, window.core_last + 1)]
        text = " ".join(" ".join(s.text.split()) for s in sentences[window.core_first : window.core_last + 1])
        yield [*span, *numbers, [round(100 * mood) for mood in moods], text]


def _tracks(cue: "Cue") -> Iterator[str]:
    yield from filter(None, (cue.track, *cue.alternatives))


def _url(track: str) -> str:
    return Path(track).resolve().as_uri()
