"""What is said of a finished mix: for people as lines, for scripts as an object."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from scorer.clock import Clock
from scorer.mix.layout import Layout
from scorer.mix.loudness import loudness
from scorer.mix.measure import Measured, coverage, noise_floor_db, speech_to_music
from scorer.mix.piece import Piece, bed_energies
from scorer.mix.plan import Plan, Unheard
from scorer.mix.preset import PRESETS, Rule

HEADINGS: Final = ("file", "length", "LUFS", "range LU", "true peak", "peak", "RMS", "pauses")


@dataclass(frozen=True, slots=True)
class File:
    """A finished file, measured, and the preset's rules about it."""

    path: Path
    measured: Measured
    rules: tuple[Rule, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        rules = [{"rule": one.rule, "value": _rounded(one.value), "passed": one.passed} for one in self.rules]
        return {"path": str(self.path), **self.measured.as_dict(), "rules": rules}


@dataclass(frozen=True, slots=True)
class Report:
    """A finished mix in figures: seconds, LUFS as measured while mixing, and the seconds that the work took.

    `speech_to_music` is the least and the median distance in LU over 3 s; `files` are empty where none was measured.
    """

    outputs: tuple[Path, ...]
    layout: Layout
    clock: Clock
    tracks: int
    speech_lufs: float
    bed_lufs: float
    speech_to_music: tuple[float, float] | None
    covered: float
    unheard: tuple[Unheard, ...]
    took_s: float
    preset: str | None
    files: tuple[File, ...]
    notes: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """The mix's length."""
        return self.layout.narration.seconds

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name; levels are None where no music sounds under speech."""
        heard = math.isfinite(self.bed_lufs)
        least, median = self.speech_to_music or (None, None)
        return {
            "output": [str(path) for path in self.outputs] if len(self.outputs) > 1 else str(self.outputs[0]),
            "seconds": round(self.seconds, 3),
            "cues": len({cue.cue for cue in self.layout.cues}),
            "tracks": self.tracks,
            "speech_lufs": round(self.speech_lufs, 2),
            "bed_lufs": round(self.bed_lufs, 2) if heard else None,
            "distance_lu": round(self.speech_lufs - self.bed_lufs, 2) if heard else None,
            "speech_to_music_lu": {"least": _rounded(least), "median": _rounded(median)},
            "music_share": round(self.covered, 3),
            "clock": self.clock.as_dict(),
            "chapters": self._chapters(),
            "placed": self._placed(),
            "preset": self.preset or "none",
            "files": [file.as_dict() for file in self.files],
            "notes": list(self.notes),
            "silent_for_want_of_a_track": [
                {"cue": one.cue, "track": one.track, "reason": one.reason} for one in self.unheard
            ],
            "took_s": round(self.took_s, 2),
            "times_real_time": round(self.seconds / self.took_s, 1),
        }

    def _chapters(self) -> list[dict[str, Any]]:
        rate = self.layout.narration.sample_rate
        return [
            {
                "title": one.title,
                "start_s": round(one.start / rate, 3),
                "end_s": round(one.end / rate, 3),
                "clock": self.clock.source,
                "confidence": round(one.confidence, 3),
            }
            for one in self.layout.sections
        ]

    def _placed(self) -> list[dict[str, Any]]:
        return [
            {
                "cue": cue.cue,
                "start_s": round(cue.start_s, 3),
                "end_s": round(cue.end_s, 3),
                "track": cue.track,
                "clock": self.clock.source,
                "confidence": round(self.layout.confidences[cue.cue], 3),
            }
            for cue in self.layout.cues
        ]

    def lines(self) -> list[str]:
        """Return the figures as sentences; what the user should act on comes last."""
        cues = len({cue.cue for cue in self.layout.cues})
        lines = [f"mixed {_clock(self.seconds)}: {_count(cues, 'cue')}, {_count(self.tracks, 'track')}"]
        if math.isfinite(self.bed_lufs):
            distance = self.speech_lufs - self.bed_lufs
            levels = f"speech {self.speech_lufs:.1f} LUFS, music under speech {self.bed_lufs:.1f} LUFS"
            lines.append(f"{levels}: {distance:.1f} LU below")
        else:
            lines.append(f"speech {self.speech_lufs:.1f} LUFS, no music under speech")
        lines.append(f"took {self.took_s:.1f} s: {self.seconds / self.took_s:.0f} times real time")
        lines += self._table()
        lines += self.notes
        lines += [f"cue {one.cue} is silent: {one.reason}" for one in self.unheard]
        if self.unheard:
            lines.append(
                f"{_count(len(self.unheard), 'cue')} silent for want of a track; mend the cue sheet and render again"
            )
        return lines

    def _table(self) -> list[str]:
        if not self.files:
            return []
        rows: list[tuple[str, ...]] = [(*HEADINGS, self.preset or "")]
        for file in self.files:
            one = file.measured
            failed = [rule.rule for rule in file.rules if not rule.passed]
            verdict = f"fails: {'; '.join(failed)}" if failed else "passes" if file.rules else ""
            figures = (one.lufs, one.loudness_range_lu, one.true_peak_db, one.peak_db, one.rms_db, one.noise_floor_db)
            rows.append((file.path.name, _clock(one.seconds), *map(_figure, figures), verdict))
        aligned = _aligned(rows)
        if self.speech_to_music:
            least, median = self.speech_to_music
            aligned.append(
                f"speech over music: {least:.1f} LU at least, {median:.1f} LU in the middle; music in "
                f"{self.covered:.0%} of the time"
            )
        return aligned


def report(
    plan: Plan,
    layout: Layout,
    clock: Clock,
    pieces: Sequence[Piece],
    outputs: Sequence[Path],
    took_s: float,
    *,
    preset: str | None = None,
    gain_db: float = 0.0,
    lowered_db: float = 0.0,
    measured: Sequence[Measured] = (),
) -> Report:
    """Return the report on a plan that was mixed into `outputs`, each `measured` or none.

    They were raised by `gain_db`, and encoded again with peaks `lowered_db` lower where that is not zero.
    """
    bed = bed_energies(pieces)
    speech, energies = plan.speech[: len(bed)], plan.narration.energies
    doubled = plan.channels if plan.narration.channels == 1 else 1
    rules = PRESETS[preset].rules if preset else lambda _measured, _channels: []
    files = tuple(
        File(path, one, tuple(rules(one, plan.channels))) for path, one in zip(outputs, measured, strict=bool(measured))
    )
    return Report(
        outputs=tuple(outputs),
        layout=layout,
        clock=clock,
        tracks=len({voice.track.path for voice in plan.voices}),
        speech_lufs=plan.speech_lufs,
        bed_lufs=loudness(bed, speech) if plan.voices else -math.inf,
        speech_to_music=speech_to_music(energies * doubled, bed, speech),
        covered=coverage(bed),
        unheard=plan.unheard,
        took_s=max(took_s, 1e-3),
        preset=preset,
        files=files,
        notes=(*_encoded_again(lowered_db), *_notes(files, plan, gain_db)),
    )


def _encoded_again(lowered_db: float) -> list[str]:
    if not lowered_db:
        return []
    return [f"encoding took true peaks over the preset's ceiling: limited {lowered_db:.1f} dB lower and encoded again"]


def _notes(files: Sequence[File], plan: Plan, gain_db: float) -> list[str]:
    """Say where a rule fails because of what was asked for, not because of the narration."""
    failing = [file for file in files if any("noise floor" in rule.rule and not rule.passed for rule in file.rules)]
    if not failing:
        return []
    own = noise_floor_db(plan.narration.energies / np.float32(plan.narration.channels), plan.speech)
    alone = f"; without music they would have about {own + gain_db:.0f} dB" if own is not None else ""
    if not plan.voices:
        return ["the narration's pauses are too noisy for the preset; it needs a quieter room, or noise reduction"]
    return [
        "the preset's noise floor is measured in the pauses, and music plays there" + alone + ": "
        "--no-music-in-pauses, or a higher --music-level, lowers it"
    ]


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows with their figures below each other, words to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    words = (0, len(widths) - 1)
    lines = []
    for row in rows:
        cells = zip(range(len(row)), row, widths, strict=True)
        lines.append("  ".join(cell.ljust(w) if i in words else cell.rjust(w) for i, cell, w in cells).rstrip())
    return lines


def _rounded(value: float | None) -> float | None:
    return round(value, 2) if value is not None and math.isfinite(value) else None


def _figure(value: float | None) -> str:
    return f"{value:.1f}" if value is not None and math.isfinite(value) else "-"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
