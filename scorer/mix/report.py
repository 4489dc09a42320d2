"""What is said of a finished mix: for people as lines, for scripts as an object."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scorer.mix.plan import Plan, Unheard


@dataclass(frozen=True, slots=True)
class Report:
    """A finished mix in figures: seconds, LUFS as measured while mixing, and the seconds that the work took."""

    output: Path
    seconds: float
    cues: int
    tracks: int
    speech_lufs: float
    bed_lufs: float
    unheard: tuple[Unheard, ...]
    took_s: float

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name; levels are None where no music sounds under speech."""
        heard = math.isfinite(self.bed_lufs)
        return {
            "output": str(self.output),
            "seconds": round(self.seconds, 3),
            "cues": self.cues,
            "tracks": self.tracks,
            "speech_lufs": round(self.speech_lufs, 2),
            "bed_lufs": round(self.bed_lufs, 2) if heard else None,
            "distance_lu": round(self.speech_lufs - self.bed_lufs, 2) if heard else None,
            "silent_for_want_of_a_track": [
                {"cue": one.cue, "track": one.track, "reason": one.reason} for one in self.unheard
            ],
            "took_s": round(self.took_s, 2),
            "times_real_time": round(self.seconds / self.took_s, 1),
        }

    def lines(self) -> list[str]:
        """Return the figures as sentences; what the user should act on comes last."""
        lines = [f"mixed {_clock(self.seconds)}: {_count(self.cues, 'cue')}, {_count(self.tracks, 'track')}"]
        if math.isfinite(self.bed_lufs):
            distance = self.speech_lufs - self.bed_lufs
            levels = f"speech {self.speech_lufs:.1f} LUFS, music under speech {self.bed_lufs:.1f} LUFS"
            lines.append(f"{levels}: {distance:.1f} LU below")
        else:
            lines.append(f"speech {self.speech_lufs:.1f} LUFS, no music under speech")
        lines.append(f"took {self.took_s:.1f} s: {self.seconds / self.took_s:.0f} times real time")
        lines += [f"cue {one.cue} is silent: {one.reason}" for one in self.unheard]
        if self.unheard:
            lines.append(
                f"{_count(len(self.unheard), 'cue')} silent for want of a track; mend the cue sheet and render again"
            )
        return lines


def report(plan: Plan, output: Path, cues: int, bed_lufs: float, took_s: float) -> Report:
    """Return the report on a plan that was mixed into `output`."""
    tracks = len({voice.track.path for voice in plan.voices})
    return Report(
        output, plan.narration.seconds, cues, tracks, plan.speech_lufs, bed_lufs, plan.unheard, max(took_s, 1e-3)
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
