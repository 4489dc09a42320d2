"""From pieces to finished files: mastered, encoded, labelled, whole or chapter by chapter, with stems."""

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from scorer.audio.encode import Label, encoder
from scorer.audio.metadata import Mark
from scorer.files import whole_file
from scorer.mix.layout import Section
from scorer.mix.loudness import frame_samples
from scorer.mix.master import mastered
from scorer.mix.measure import Measured
from scorer.mix.narration import BLOCK_S
from scorer.mix.pcm import FloatArray, Pcm, floats, one_ahead
from scorer.mix.piece import Piece, bed_energies, read_pieces
from scorer.mix.plan import Plan
from scorer.mix.preset import PRESETS, gain_db, mixed_energies

Progress = Callable[[float], object]
LOSSLESS: Final = frozenset((".wav", ".flac"))
LOSSY_DB: Final = 1.0  # further under the ceiling, where the encoder changes the waveform
# what tells of the former file, not of the sound
STALE: Final = frozenset(
    (
        "encoder",
        "major_brand",
        "minor_version",
        "compatible_brands",
        "creation_time",
        "duration",
        "handler_name",
        "vendor_id",
        "language",
    )
)
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Output:
    """What is to be written: a file, or with `split` a folder of files with this suffix; `preset` as in PRESETS.

    With a preset, peaks are limited `lowered_db` decibels further than it usually takes.
    """

    target: Path
    suffix: str
    preset: str | None
    split: bool
    stems: bool
    tags: dict[str, str]
    cover: Path | None
    lowered_db: float = 0.0

    def files(self, sections: Sequence[Section]) -> list[Path]:
        """Return the files that hold the mix."""
        if not self.split:
            return [self.target]
        width = len(str(len(sections)))
        names = [f"{number:0{width}d} {_safe(one.title)}".strip() for number, one in enumerate(sections, 1)]
        return [self.target / f"{name}{self.suffix}" for name in names]

    def stem_files(self) -> list[Path]:
        """Return the files of speech and music apart, if they are asked for."""
        name = "mix" if self.split else self.target.stem
        folder = self.target if self.split else self.target.parent
        return [folder / f"{name}-{part}.wav" for part in ("speech", "music")] if self.stems else []


def _safe(title: str) -> str:
    return _UNSAFE.sub(" ", title).strip(" .")[:LONGEST_NAME].strip()


def finish(plan: Plan, pieces: Sequence[Piece], output: Output, gain: float, progress: Progress) -> list[Path]:
    """Write the mix, with a preset by `gain` decibels; return its files.

    `progress` is called with the seconds just written. Raises `AudioError`.
    """
    rate, sections = plan.narration.sample_rate, plan.sections
    files = output.files(sections)
    groups = [[number] for number in range(len(pieces))] if output.split else [list(range(len(pieces)))]
    for place, (group, file) in enumerate(zip(groups, files, strict=True), 1):
        marks = [] if output.split else [Mark(one.start / rate, one.title) for one in sections]
        seconds = (sections[group[-1]].end - sections[group[0]].start) / rate
        tags = dict(output.tags)
        if output.split:
            tags |= {"title": sections[group[0]].title, "track": f"{place}/{len(files)}"}
        label = Label(tags, marks, seconds, output.cover)
        sounds = _read([pieces[number].sound for number in group], rate, plan.channels)
        with closing(sounds), closing(_as_loud(sounds, rate, gain, output)) as blocks:
            _write(blocks, file, rate, plan.channels, label, progress)
    for number, (file, channels) in enumerate(
        zip(output.stem_files(), (plan.narration.channels, plan.bed_channels), strict=False)
    ):
        with closing(_read([piece.stems[number] for piece in pieces], rate, channels)) as blocks:
            _write(blocks, file, rate, channels, None, lambda _: None)
    return files


def raised_by(plan: Plan, pieces: Sequence[Piece], output: Output) -> float:
    """Return the decibels that the preset asks for."""
    if output.preset is None:
        return 0.0
    doubled = plan.channels if plan.narration.channels == 1 else 1
    energies = mixed_energies(plan.narration.energies * doubled, bed_energies(pieces))
    squares, peaks = (found[: len(energies)] for found in _frames(plan, pieces))
    return gain_db(PRESETS[output.preset], _ceiling(output), energies, squares, peaks, plan.channels)


def _frames(plan: Plan, pieces: Sequence[Piece]) -> tuple[FloatArray, FloatArray]:
    """Return the mix's mean square and highest sample, (frames,), over its channels; pieces are whole frames."""
    rate, found = plan.narration.sample_rate, []
    size = frame_samples(rate) * plan.channels
    with closing(_read([piece.sound for piece in pieces], rate, plan.channels)) as blocks:
        for block in blocks:
            samples = floats(block).ravel()
            frames = np.append(samples, np.zeros(-len(samples) % size, np.float32)).reshape(-1, size)
            peaks = np.maximum(frames.max(axis=1), -frames.min(axis=1))
            found.append((np.einsum("ij,ij->i", frames, frames) / np.float32(size), peaks))
    squares, highest = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return squares, highest


def _as_loud(blocks: Generator[Pcm, None, None], rate: int, gain: float, output: Output) -> Generator[Pcm, None, None]:
    if output.preset is None:
        return blocks
    return mastered(blocks, rate, gain, _ceiling(output))


def _ceiling(output: Output) -> float:
    margin = 0.0 if output.suffix in LOSSLESS else LOSSY_DB
    return PRESETS[output.preset or ""].ceiling_db - margin - output.lowered_db


def excess_db(output: Output, measured: Sequence[Measured]) -> float:
    """Return how many decibels the finished files' true peaks lie over the preset's ceiling; below zero: under it."""
    if output.preset is None:
        return 0.0
    return max(one.true_peak_db for one in measured) - PRESETS[output.preset].ceiling_db


def _read(files: Sequence[Path], rate: int, channels: int) -> Generator[Pcm, None, None]:
    return one_ahead(read_pieces(files, channels, round(BLOCK_S * rate)))


def _write(
    blocks: Generator[Pcm, None, None], file: Path, rate: int, channels: int, label: Label | None, progress: Progress
) -> None:
    with whole_file(file) as part, encoder(part, sample_rate=rate, channels=channels, label=label) as write:
        for block in blocks:
            write(block.data)
            progress(len(block) / rate)


def tags_of(narration: dict[str, str], title: str, author: str) -> dict[str, str]:
    """Return the mix's tags: the narration's own, and the book's for what those do not tell."""
    own = {
        name: value
        for name, value in narration.items()
        if name not in STALE and not name.startswith("chapter") and value.strip()
    }
    book = {"title": title, "album": title, "artist": author, "album_artist": author}
    return {name: value for name, value in book.items() if value} | own
