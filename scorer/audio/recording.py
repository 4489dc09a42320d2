"""A recording: a sound file, a folder of them, or stretches of several, heard one after the other, with its marks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.audio.decode import audio_seconds, stream_pcm16
from scorer.audio.ffmpeg import probe
from scorer.audio.metadata import Mark, read_metadata
from scorer.errors import AudioError

CUE_SHEET: Final = ".cue"
CUE_FRAMES: Final = 75  # a second, in a CUE sheet
# fmt: off
SUFFIXES: Final = frozenset((
    ".aac", ".aif", ".aiff", ".flac", ".m4a", ".m4b", ".mka", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".wav", ".w64",
    ".webm", ".wma", ".wv",
))
# fmt: on
_CUE_LINE = re.compile(r'\s*(FILE|TRACK|TITLE|INDEX 01)\s+(?:"([^"]*)"|(\S+))', re.I)
_CUE_TIME = re.compile(r"(\d+):(\d+):(\d+)")
_DIGITS = re.compile(r"(\d+)")
SEEK_S: Final = 60.0  # nearer to a file's beginning, decoding to a place takes no time
FOREVER: Final = 1 << 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a sound file, from `start_s` to `end_s`, which is None for the file's end."""

    path: Path
    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """Stretches of sound one after the other; `path` is what the user named.

    Sample rate and channels are the first file's; `told_s` is the length by the files' headers, None where one does not
    say. With `sought` a place far into a file is sought, which is quick, but in some formats off by a little.
    """

    path: Path
    stretches: tuple[Stretch, ...]
    sample_rate: int
    channels: int
    told_s: float | None
    marks: tuple[Mark, ...] = ()
    sought: bool = False

    @property
    def files(self) -> list[Path]:
        """The files that are read, each once."""
        return list(dict.fromkeys(stretch.path for stretch in self.stretches))

    def seconds(self) -> float:
        """Return its length, decoding what headers do not tell. Raises `AudioError` where a file cannot be decoded."""
        return sum(map(_length, self.stretches)) if self.told_s is None else self.told_s

    def piece(self, start_s: float, end_s: float) -> "Recording":
        """Return what is heard of it from `start_s` to `end_s`, without marks, sought."""
        pieces, at = [], 0.0
        for stretch in self.stretches:
            length = _length(stretch)
            first, last = max(start_s - at, 0.0), min(end_s - at, length)
            if last > first:
                pieces.append(Stretch(stretch.path, stretch.start_s + first, stretch.start_s + last))
            at += length
        return replace(self, stretches=tuple(pieces), told_s=None, marks=(), sought=True)


def open_recording(path: Path) -> Recording:
    """Open a sound file, a folder with one file a chapter (in the order of their names) or a CUE sheet.

    Marks are the chapters that the file carries, the CUE sheet's tracks, a CUE sheet's of its name beside a file, or a
    folder's files. Raises `AudioError` where nothing can be heard.
    """
    if path.is_dir():
        return _folder(path)
    if path.suffix.lower() == CUE_SHEET:
        return _cue_sheet(path)
    seconds, sample_rate, channels = probe(path)
    beside = path.with_suffix(CUE_SHEET)
    marks = read_metadata(path).marks or (_cue_sheet(beside).marks if beside.is_file() else ())
    return Recording(path, (Stretch(path),), sample_rate, channels, seconds, marks)


def joined(path: Path, stretches: Sequence[Stretch], titles: Sequence[str] = ()) -> Recording:
    """Return stretches as a recording; `titles` name a mark for each."""
    _, sample_rate, channels = probe(stretches[0].path)
    lengths = [_length(stretch) for stretch in stretches]
    starts = np.cumsum([0.0, *lengths]).tolist()
    marks = tuple(Mark(start, title) for start, title in zip(starts[:-1], titles, strict=True)) if titles else ()
    return Recording(path, tuple(stretches), sample_rate, channels, starts[-1], marks)


def _length(stretch: Stretch) -> float:
    end = _seconds(stretch.path, stretch.path.stat().st_mtime_ns if stretch.path.exists() else 0)
    return max(0.0, (end if stretch.end_s is None else min(stretch.end_s, end)) - stretch.start_s)


@cache
def _seconds(path: Path, changed_ns: int) -> float:
    return audio_seconds(path)


def stream_recording(
    recording: Recording, *, sample_rate: int, channels: int, block_s: float
) -> Iterator[NDArray[np.int16]]:
    """Yield the samples in blocks (n, channels) of `block_s` seconds, the last shorter, across its files' borders.

    Raises `AudioError` where a file cannot be decoded.
    """
    size, held, count = round(block_s * sample_rate), [], 0
    for piece in _pieces(recording, sample_rate, channels, block_s):
        held.append(piece)
        count += len(piece)
        while count >= size:
            together = held[0] if len(held) == 1 else np.concatenate(held)
            yield together[:size]
            held, count = [together[size:]] if count > size else [], count - size
    if count:
        yield np.concatenate(held)


def _pieces(recording: Recording, sample_rate: int, channels: int, block_s: float) -> Iterator[NDArray[np.int16]]:
    for path, spans in _runs(recording.stretches, sample_rate):
        at = spans[0][0] if recording.sought and spans[0][0] > SEEK_S * sample_rate else 0
        sought = at / sample_rate
        for block in stream_pcm16(path, sample_rate=sample_rate, channels=channels, block_s=block_s, start_s=sought):
            for first, end in spans:
                piece = block[max(0, first - at) : max(0, end - at)]
                if len(piece):
                    yield piece
            at += len(block)
            if at >= spans[-1][1]:
                break


def _runs(stretches: Sequence[Stretch], sample_rate: int) -> list[tuple[Path, list[tuple[int, int]]]]:
    """Return files, each with the samples [first, end) that are heard of it while it is read once."""
    runs: list[tuple[Path, list[tuple[int, int]]]] = []
    for stretch in stretches:
        first = round(stretch.start_s * sample_rate)
        end = FOREVER if stretch.end_s is None else round(stretch.end_s * sample_rate)
        if not runs or runs[-1][0] != stretch.path or first < runs[-1][1][-1][1]:
            runs.append((stretch.path, []))
        runs[-1][1].append((first, end))
    return runs


def _folder(path: Path) -> Recording:
    files = [file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file()]
    if not files:
        raise AudioError(f"{path}: no sound file in this folder")
    files.sort(key=lambda file: [int(part) if part.isdigit() else part for part in _DIGITS.split(file.name.lower())])
    return joined(path, [Stretch(file) for file in files], [file.stem for file in files])


def _cue_sheet(path: Path) -> Recording:
    """Read what a CUE sheet says of files, tracks' titles and where they begin (INDEX 01, minutes:seconds:frames)."""
    try:
        lines = path.read_bytes().decode("utf-8-sig", "replace").splitlines()
    except OSError as error:
        raise AudioError(f"{path}: cannot be read ({error.strerror})") from error
    files: list[Path] = []
    marks: list[tuple[int, float, str]] = []
    title = ""
    for line in lines:
        found = _CUE_LINE.match(line)
        if not found:
            continue
        word, value = found.group(1).upper(), found.group(2) or found.group(3) or ""
        if word == "FILE":
            files.append(path.parent / value)
        elif word == "TITLE":
            title = value
        elif word == "TRACK":
            title = f"Track {value}"
        elif files and (time := _CUE_TIME.fullmatch(value)):
            minutes, seconds, frames = map(int, time.groups())
            marks.append((len(files) - 1, 60 * minutes + seconds + frames / CUE_FRAMES, title))
    if not marks:
        raise AudioError(f"{path}: no CUE sheet; it names no file with a track that has an INDEX 01")
    whole = joined(path, [Stretch(file) for file in files], [""] * len(files))
    return replace(whole, marks=tuple(Mark(whole.marks[file].start_s + at, title) for file, at, title in marks))
