"""Cue sheets for other programs: labels, subtitles, chapters, and timelines of editors.

All times are those of the cue sheet, to the millisecond. CSV, JSON and OTIO are read back as they were; the others are
for the programs that they are named after.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Final

from scorer.audio.metadata import Mark, format_metadata
from scorer.cues.cue import Cue
from scorer.cues.sheet import JSON_FORMAT, format_cues, rounded
from scorer.cues.timeline import format_timeline
from scorer.errors import CueSheetError
from scorer.files import whole_file

# what REAPER calls a source of each kind; it opens what it does not know as a video
REAPER_SOURCES: Final = {
    ".wav": "WAVE",
    ".aif": "WAVE",
    ".aiff": "WAVE",
    ".mp3": "MP3",
    ".flac": "FLAC",
    ".ogg": "VORBIS",
    ".oga": "VORBIS",
}
FADE_S: Final = 1.5
FRAMES_A_SECOND: Final = 25  # of an EDL
SILENCE: Final = "silence"


def require_format(path: Path) -> None:
    """Raise `CueSheetError` where a file's suffix names no format of a cue sheet."""
    if path.suffix.lower() not in FORMATS:
        raise CueSheetError(f"{path}: cannot write '{path.suffix}'; end the name in one of {', '.join(FORMATS)}")


def write_cues(path: Path, cues: Sequence[Cue], title: str = "") -> None:
    """Write a cue sheet, of the book `title`, in the format of the file's suffix, whole or not at all.

    Raises `CueSheetError` for an unknown suffix or where a format's library is missing, `UserError` where the folder is
    missing or not writable.
    """
    require_format(path)
    text = FORMATS[path.suffix.lower()](title, [rounded(cue) for cue in cues])
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8", newline="")


def _csv(title: str, cues: Sequence[Cue]) -> str:
    return format_cues(cues)


def _json(title: str, cues: Sequence[Cue]) -> str:
    told = {"format": JSON_FORMAT, "title": title, "cues": [asdict(cue) for cue in cues]}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _audacity(title: str, cues: Sequence[Cue]) -> str:
    """Audacity's label track: start, end and text, divided by tabs."""
    return "".join(f"{cue.start_s:.6f}\t{cue.end_s:.6f}\t{_line(_label(cue))}\n" for cue in cues)


def _srt(title: str, cues: Sequence[Cue]) -> str:
    blocks = (
        f"{number}\n{_clock(cue.start_s)} --> {_clock(cue.end_s)}\n{_line(_label(cue))}\n\n"
        for number, cue in enumerate(cues, 1)
    )
    return "".join(blocks)


def _ffmetadata(title: str, cues: Sequence[Cue]) -> str:
    marks = [Mark(cue.start_s, _line(_label(cue))) for cue in cues]
    return format_metadata({"title": title}, marks, cues[-1].end_s)


def _reaper(title: str, cues: Sequence[Cue]) -> str:
    """A REAPER project of one track, with an item a cue and a marker where it begins."""
    lines = ['<REAPER_PROJECT 0.1 "6.0" 0']
    lines += [f"  MARKER {number} {cue.start_s:.3f} {_quoted(_label(cue))} 0" for number, cue in enumerate(cues, 1)]
    lines += ["  <TRACK", f"    NAME {_quoted('Music for ' + title)}"]
    for cue in cues:
        if cue.track:
            fade = min(FADE_S, (cue.end_s - cue.start_s) / 2)
            lines += [
                "    <ITEM",
                f"      POSITION {cue.start_s:.3f}",
                f"      LENGTH {cue.end_s - cue.start_s:.3f}",
                "      LOOP 1",
                f"      FADEIN 1 {fade:.3f} 0",
                f"      FADEOUT 1 {fade:.3f} 0",
                f"      NAME {_quoted(_label(cue))}",
                f"      SOFFS {cue.track_start_s:.3f}",
                f"      <SOURCE {REAPER_SOURCES.get(PurePath(cue.track).suffix.lower(), 'VIDEO')}",
                f"        FILE {_quoted(cue.track)}",
                "      >",
                "    >",
            ]
    return "\n".join([*lines, "  >", ">"]) + "\n"


def _edl(title: str, cues: Sequence[Cue]) -> str:
    """An edit decision list (CMX 3600) of the first audio channel, 25 frames a second."""
    lines = [f"TITLE: {_line(title)}", "FCM: NON-DROP FRAME", ""]
    for number, cue in enumerate((cue for cue in cues if cue.track), 1):
        length = cue.end_s - cue.start_s
        times = (cue.track_start_s, cue.track_start_s + length, cue.start_s, cue.end_s)
        lines.append(f"{number:03d}  AX       AA    C        {' '.join(map(_frames, times))}")
        lines += [f"* FROM CLIP NAME: {_line(PurePath(cue.track).name)}", f"* COMMENT: {_line(_label(cue))}", ""]
    return "\n".join(lines) + "\n"


def _label(cue: Cue) -> str:
    """Return mood and music; of a silent cue nothing is heard of the mood."""
    if not cue.track:
        return SILENCE
    name = PurePath(cue.track).stem
    return f"{cue.mood}: {name}" if cue.mood else name


def _line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """REAPER quotes with whichever mark the text has not."""
    mark = next((mark for mark in "\"'`" if mark not in text), '"')
    return f"{mark}{_line(text).replace(mark, '')}{mark}"


def _clock(seconds: float) -> str:
    whole, thousandths = divmod(round(1000 * seconds), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d},{thousandths:03d}"


def _frames(seconds: float) -> str:
    whole, frame = divmod(round(FRAMES_A_SECOND * seconds), FRAMES_A_SECOND)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{frame:02d}"


FORMATS: Final[dict[str, Callable[[str, Sequence[Cue]], str]]] = {
    ".csv": _csv,
    ".json": _json,
    ".txt": _audacity,
    ".srt": _srt,
    ".ffmeta": _ffmetadata,
    ".rpp": _reaper,
    ".edl": _edl,
    ".otio": format_timeline,
}
