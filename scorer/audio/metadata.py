"""Tags and chapters of sound files, in ffmpeg's own text form (FFMETADATA1)."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scorer.audio.ffmpeg import PROBE_TIMEOUT_S, ffmpeg_program, input_argument

HEAD: Final = ";FFMETADATA1"
MILLISECONDS: Final = 1000
_SPECIAL = re.compile(r"([=;#\\\n])")
_ESCAPED = re.compile(r"\\(.)", re.S)
_FIELD = re.compile(r"((?:[^=\\]|\\.)*)=((?:[^\\]|\\.)*)\Z", re.S)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a chapter of a recording begins, in seconds."""

    start_s: float
    title: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """A sound file's tags, names in lower case, and its chapters."""

    tags: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()


def read_metadata(path: Path) -> Metadata:
    """Return what a sound file tells of itself; nothing where it tells nothing or cannot be read."""
    # the file's own tags, then its first stream's, where Ogg has them
    both = ["-map_metadata", "0:g", "-map_metadata", "0:s:0"]
    command = [ffmpeg_program(), "-v", "error", "-nostdin", "-i", input_argument(path), *both, "-f", "ffmetadata", "-"]
    try:
        result = subprocess.run(command, capture_output=True, timeout=PROBE_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return Metadata()
    tags: dict[str, str] = {}
    chapters: list[dict[str, str]] = []
    for line in _logical(result.stdout.decode("utf-8", "replace")):
        if line.strip() == "[CHAPTER]":
            chapters.append({})
        elif found := _FIELD.match(line):
            name, value = (_ESCAPED.sub(r"\1", part) for part in found.groups())
            (chapters[-1] if chapters else tags)[name.lower()] = value
    return Metadata(tags, tuple(mark for chapter in chapters if (mark := _mark(chapter))))


def _logical(text: str) -> Iterator[str]:
    """Yield lines, those that end in a backslash joined with the next."""
    held = ""
    for line in text.split("\n"):
        held += line
        if (len(held) - len(held.rstrip("\\"))) % 2:
            held += "\n"
            continue
        yield held
        held = ""


def _mark(chapter: Mapping[str, str]) -> Mark | None:
    try:
        over, under = map(int, chapter.get("timebase", "1/1000000000").split("/"))
        return Mark(int(chapter["start"]) * over / under, chapter.get("title", ""))
    except (ValueError, KeyError, ZeroDivisionError):
        return None


def format_metadata(tags: Mapping[str, str], marks: Sequence[Mark], end_s: float) -> str:
    """Return tags and chapters as ffmpeg reads them; the last chapter ends at `end_s`."""
    lines = [HEAD, *(f"{_quoted(name)}={_quoted(value)}" for name, value in tags.items())]
    ends = [mark.start_s for mark in marks[1:]] + [end_s] * bool(marks)
    for mark, end in zip(marks, ends, strict=True):
        times = f"START={round(mark.start_s * MILLISECONDS)}", f"END={round(end * MILLISECONDS)}"
        lines += ["[CHAPTER]", f"TIMEBASE=1/{MILLISECONDS}", *times, f"title={_quoted(mark.title)}"]
    return "\n".join(lines) + "\n"


def chapter_comments(marks: Sequence[Mark]) -> dict[str, str]:
    """Return chapters as Vorbis comments (Xiph's "Chapter Extension": CHAPTER000=00:00:00.000, CHAPTER000NAME=One)."""
    comments: dict[str, str] = {}
    for number, mark in enumerate(marks):
        whole, thousandths = divmod(round(mark.start_s * MILLISECONDS), MILLISECONDS)
        time = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{thousandths:03d}"
        comments |= {f"CHAPTER{number:03d}": time, f"CHAPTER{number:03d}NAME": mark.title}
    return comments


def _quoted(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
