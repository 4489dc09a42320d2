"""Times from a file beside the narration: SRT, WebVTT, SMIL, or the JSON of aeneas, syncabook, Whisper or WhisperX."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scorer.book.overlay import smil_clips
from scorer.errors import ClockError

SUFFIXES: Final = (".srt", ".vtt", ".json", ".smil")
_TIMES = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})")
_TAG = re.compile(r"<[^>]*>|\{\\[^}]*\}")


@dataclass(frozen=True, slots=True)
class Timed:
    """A stretch of text and when it is read, in seconds."""

    start: float
    end: float
    text: str


def sidecar_of(narration: Path) -> Path | None:
    """Return the sidecar that lies beside a narration under its name, if there is one."""
    return next((path for suffix in SUFFIXES if (path := narration.with_suffix(suffix)).is_file()), None)


def read_sidecar(path: Path) -> list[Timed]:
    """Read a sidecar's stretches in the order of their times.

    Raises `ClockError` where it cannot be read, is of no known form or holds no stretch with words and times.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = list(READERS.get(path.suffix.lower(), _subtitles)(path, text))
    except OSError as error:
        raise ClockError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ClockError(f"{path}: not UTF-8 text; save it as that") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ClockError(
            f"{path}: no alignment of a known form (SRT, WebVTT, SMIL, aeneas or Whisper JSON): {error}"
        ) from error
    found = [one for one in found if one.text.strip() and 0.0 <= one.start <= one.end]
    if not found:
        raise ClockError(f"{path}: no text with times in it; SRT, WebVTT, SMIL, aeneas JSON or Whisper JSON is wanted")
    return sorted(found, key=lambda one: (one.start, one.end))


def _smil(path: Path, text: str) -> Iterator[Timed]:
    """A media overlay, whose text lies in files beside it. A clip without an end lasts to the next."""
    clips = list(smil_clips(str(path), _bytes))
    for number, clip in enumerate(clips):
        after = clips[number + 1].start_s if number + 1 < len(clips) else clip.start_s
        yield Timed(clip.start_s, after if clip.end_s is None else clip.end_s, clip.text)


def _bytes(name: str) -> bytes | None:
    path = Path(name)
    return path.read_bytes() if path.is_file() else None


def _subtitles(path: Path, text: str) -> Iterator[Timed]:
    """Both subtitle formats: a line of times, then lines of text up to an empty one."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        times = _TIMES.search(line)
        if not times:
            continue
        words = []
        for other in lines[number + 1 :]:
            if not other.strip() or _TIMES.search(other):
                break
            words.append(_TAG.sub("", other))
        yield Timed(_seconds(*times.groups()[:4]), _seconds(*times.groups()[4:]), " ".join(words))


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _json(path: Path, text: str) -> Iterator[Timed]:
    content = json.loads(text)
    if "fragments" in content:  # aeneas, syncabook
        for row in content["fragments"]:
            yield Timed(float(row["begin"]), float(row["end"]), " ".join(row.get("lines", [])))
        return
    for row in content["segments"]:  # Whisper, WhisperX
        words = [word for word in row.get("words", []) if "start" in word and "end" in word]
        if words:
            yield from (Timed(float(word["start"]), float(word["end"]), _word(word)) for word in words)
        else:
            yield Timed(float(row["start"]), float(row["end"]), str(row["text"]))


READERS: Final = {".json": _json, ".smil": _smil}


def _word(row: Mapping[str, Any]) -> str:
    return str(row.get("word", row.get("text", "")))
