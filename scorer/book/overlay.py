"""EPUB 3 Media Overlays: the narration that a book carries, and which text its clips read (EPUB 3.3, section 9)."""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scorer.book.archive import Archive, parse_xml
from scorer.book.markup import read_fragments
from scorer.book.package import read_package

UNITS: Final = {"h": 3600.0, "min": 60.0, "s": 1.0, "ms": 0.001, "": 1.0}
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")
_TIMECOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(h|min|s|ms|)")


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of text and the piece of a sound file of the archive that reads it; `end_s` is None where not told."""

    text: str
    audio: str
    start_s: float
    end_s: float | None


def read_overlay(path: Path) -> list[Clip]:
    """Return the clips of an EPUB's media overlays in reading order; none where it has none.

    A clip whose sound is not in the archive or whose times make no sense is left out. Raises `BookError` where the file
    is no EPUB.
    """
    with Archive(path) as archive:
        archive.refuse_locked()
        spine = [item for item in read_package(archive).spine if item.overlay]
        return [clip for item in spine for clip in _clips(archive, item.overlay)]


def _clips(archive: Archive, overlay: str) -> Iterator[Clip]:
    for clip in smil_clips(overlay, archive.read):
        if archive.find(clip.audio):
            yield clip


def smil_clips(overlay: str, read: Callable[[str], bytes | None]) -> Iterator[Clip]:
    """Yield the clips of a SMIL document; `read` returns the bytes of a file by its path, None where there is none."""
    root = parse_xml(read(overlay) or b"")
    texts: dict[str, dict[str, str]] = {}
    for pair in root.iter("{*}par") if root is not None else ():
        text, audio = pair.find("{*}text"), pair.find("{*}audio")
        if text is None or audio is None:
            continue
        document, _, anchor = text.get("src", "").partition("#")
        document, sound = (_resolved(overlay, name) for name in (document, audio.get("src", "")))
        if document not in texts:
            texts[document] = read_fragments(read(document) or b"")
        start, end = clock_value(audio.get("clipBegin")), clock_value(audio.get("clipEnd"))
        words = texts[document].get(anchor, "")
        if words and (end is None or end > (start or 0.0)):
            yield Clip(words, sound, start or 0.0, end)


def _resolved(base: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), name))


def clock_value(text: str | None) -> float | None:
    """Return the seconds of a SMIL 3.0 clock value, "0:01:02.5", "62.5s" or "1min"; None where it is none."""
    text = (text or "").strip()
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = found.groups()
        return 3600 * int(hours or 0) + 60 * int(minutes) + float(seconds)
    if found := _TIMECOUNT.fullmatch(text):
        return float(found.group(1)) * UNITS[found.group(2)]
    return None
