"""The plan of a mix: which tracks can be played, and every part at its level, before a sample is mixed."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.audio.ffmpeg import probe
from scorer.cues.cue import Cue
from scorer.errors import AudioError
from scorer.mix.duck import Duck, speech_frames
from scorer.mix.layout import Layout, Section
from scorer.mix.loudness import loudness
from scorer.mix.narration import Narration
from scorer.mix.part import Part, parts
from scorer.mix.track import Track, measure_track
from scorer.mix.voice import Voice, needed, voice

Progress = Callable[[float], object]
JOBS: Final = min(4, os.cpu_count() or 1)  # tracks measured at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class MixSettings:
    """How far the bed lies under the speech in LU, how long cues cross over in seconds, and how the bed ducks."""

    below: float = 20.0
    crossfade_s: float = 3.0
    duck: Duck = field(default_factory=Duck)


@dataclass(frozen=True, slots=True)
class Unheard:
    """A cue whose track cannot be played, and why; it is silent in the mix."""

    cue: int
    track: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A mix before it sounds: the voices, what is left silent, and the levels. `channels` is the mix's.

    `speech` and `interlude` (frames,) tell where the narrator speaks and where there is music alone.
    """

    narration: Narration
    sections: tuple[Section, ...]
    speech: NDArray[np.bool_]
    interlude: NDArray[np.bool_]
    channels: int
    bed_channels: int
    speech_lufs: float
    duck: Duck
    voices: tuple[Voice, ...]
    unheard: tuple[Unheard, ...]

    def key(self) -> str:
        """Return a text that is the same for plans that sound the same: files by name, size and time of change."""
        files = sorted({*self.narration.recording.files, *(voice.track.path for voice in self.voices)})
        states = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        voices = [(voice.part, voice.first, voice.gain, voice.looped) for voice in self.voices]
        edges = [(section.start, section.end) for section in self.sections]
        return repr((states, self.narration.gaps, edges, self.channels, self.duck, voices))


def plan_mix(layout: Layout, settings: MixSettings, progress: Progress) -> Plan:
    """Decode and measure the tracks of a layout's cues; `progress` is called with 1 for each track done.

    A track that is missing or cannot be played leaves its cue silent: a finished mix with one silent stretch is worth
    more to a narrator than none. Where that befalls every track, `AudioError` is raised: the library is not there.
    """
    narration, cues = layout.narration, layout.cues
    wanted = _parts(cues, layout, settings)
    bed_channels = _bed_channels(wanted, narration)
    tracks, failures = _tracks(wanted, narration.sample_rate, bed_channels, progress)
    unheard = [Unheard(cue.cue, cue.track, failures[cue.track]) for cue in cues if cue.track in failures]
    if unheard and not tracks:
        raise AudioError(f"none of the cue sheet's tracks can be played; cue {unheard[0].cue}: {unheard[0].reason}")
    playable = [replace(cue, track="") if cue.track in failures else cue for cue in cues]
    channels = max(narration.channels, bed_channels)
    # One channel played by two loudspeakers is 3 LU louder than by one: levels are taken as the mix will sound.
    doubled = channels if narration.channels == 1 else 1
    speech_lufs = loudness(narration.energies * doubled)
    voices = [
        voice(part, tracks[str(part.path)], speech_lufs - settings.below) for part in _parts(playable, layout, settings)
    ]
    energies = narration.energies
    return Plan(
        narration=narration,
        sections=layout.sections,
        speech=speech_frames(energies),
        interlude=narration.with_gaps(np.zeros(len(narration.heard_energies), np.bool_), np.True_),
        channels=channels,
        bed_channels=bed_channels,
        speech_lufs=speech_lufs,
        duck=settings.duck,
        voices=tuple(voices),
        unheard=tuple(unheard),
    )


def _parts(cues: Sequence[Cue], layout: Layout, settings: MixSettings) -> list[Part]:
    rate = layout.narration.sample_rate
    found = parts(cues, sample_rate=rate, length=layout.length, crossfade_s=settings.crossfade_s)
    return [part for part in found if part.start < layout.narration.length and part.end > 0]


def _bed_channels(wanted: Iterable[Part], narration: Narration) -> int:
    if narration.channels > 1:
        return 2
    for path in dict.fromkeys(part.path for part in wanted):
        try:
            if probe(path)[2] > 1:
                return 2
        except AudioError:
            continue  # told of where the track is decoded
    return 1


def _tracks(
    wanted: Iterable[Part], sample_rate: int, channels: int, progress: Progress
) -> tuple[dict[str, Track], dict[str, str]]:
    until: dict[Path, int] = {}
    for part in wanted:
        until[part.path] = max(until.get(part.path, 0), needed(part, sample_rate))
    tracks: dict[str, Track] = {}
    failures: dict[str, str] = {}

    def measured(path: Path) -> Track | AudioError:
        try:
            return measure_track(path, sample_rate=sample_rate, channels=channels, until=until[path])
        except AudioError as error:
            return error

    with ThreadPoolExecutor(JOBS) as pool:
        for path, found in zip(until, pool.map(measured, until), strict=True):
            if isinstance(found, Track):
                tracks[str(path)] = found
            else:
                failures[str(path)] = str(found)
            progress(1)
    return tracks, failures
