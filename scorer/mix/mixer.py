"""The mixer: a narration and its cues become a finished sound file, in blocks.

Two passes read the narration. The first (`read_narration`) measures loudness and finds the speech, so that levels and
ducking are known; the second lays the bed under it. Each holds a few blocks of 20 seconds, whatever the length.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from scorer.audio.encode import encoder
from scorer.audio.ffmpeg import probe
from scorer.cues.cue import Cue
from scorer.errors import AudioError
from scorer.mix.bed import bed_blocks
from scorer.mix.block import mixed
from scorer.mix.duck import Duck, duck_gains, speech_frames
from scorer.mix.limit import Pair, limited
from scorer.mix.loudness import SILENCE, Meter, frame_samples, loudness
from scorer.mix.narration import BLOCK_S, Narration
from scorer.mix.part import Part, parts
from scorer.mix.pcm import SCALE, FloatArray, pcm_blocks
from scorer.mix.track import Track, measure_track
from scorer.mix.voice import Voice, needed, voice

Progress = Callable[[float], object]


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
    """A mix before it sounds: the voices, what is left silent, and the levels. `channels` is the mix's."""

    narration: Narration
    channels: int
    bed_channels: int
    speech_lufs: float
    duck: Duck
    voices: tuple[Voice, ...]
    unheard: tuple[Unheard, ...]


def plan_mix(narration: Narration, cues: Sequence[Cue], settings: MixSettings, progress: Progress) -> Plan:
    """Decode and measure the tracks of cues with times; `progress` is called with 1 for each track done.

    A track that is missing or cannot be played leaves its cue silent: a finished mix with one silent stretch is worth
    more to a narrator than none. Where that befalls every track, `AudioError` is raised: the library is not there.
    """
    wanted = parts(cues, sample_rate=narration.sample_rate, length=narration.length, crossfade_s=settings.crossfade_s)
    bed_channels = _bed_channels(wanted, narration)
    channels = max(narration.channels, bed_channels)
    # One channel played by two loudspeakers is 3 LU louder than by one: levels are taken as the mix will sound.
    doubled = channels / narration.channels if narration.channels == 1 else 1.0
    speech_lufs = loudness(narration.energies * doubled)
    tracks = _tracks(wanted, narration.sample_rate, bed_channels, progress)
    voices: list[Voice] = []
    unheard: list[Unheard] = []
    for part in wanted:
        try:
            track = tracks[part.path]
            if isinstance(track, AudioError):
                raise track
            voices.append(voice(part, track, speech_lufs - settings.below))
        except AudioError as error:
            unheard.append(Unheard(part.cue, str(part.path), str(error)))
    if wanted and not voices:
        raise AudioError(f"none of the cue sheet's tracks can be played; cue {unheard[0].cue}: {unheard[0].reason}")
    return Plan(narration, channels, bed_channels, speech_lufs, settings.duck, tuple(voices), tuple(unheard))


def _bed_channels(wanted: Sequence[Part], narration: Narration) -> int:
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
    wanted: Sequence[Part], sample_rate: int, channels: int, progress: Progress
) -> dict[Path, Track | AudioError]:
    until: dict[Path, int] = {}
    for part in wanted:
        until[part.path] = max(until.get(part.path, 0), needed(part, sample_rate))
    tracks: dict[Path, Track | AudioError] = {}
    for path, end in until.items():
        try:
            tracks[path] = measure_track(path, sample_rate=sample_rate, channels=channels, until=end)
        except AudioError as error:
            tracks[path] = error
        progress(1)
    return tracks


def write_mix(plan: Plan, target: Path, progress: Progress) -> float:
    """Mix and write to `target`, in the format of its suffix; return the bed's loudness under speech in LUFS.

    That is measured on the bed as it was mixed, over the gating blocks in which the narrator speaks; minus infinity
    where no music sounds under speech. `progress` is called with the seconds just mixed. Raises `AudioError`.
    """
    narration = plan.narration
    speech = speech_frames(narration.energies)
    meter = Meter(narration.sample_rate, plan.bed_channels)
    with encoder(target, sample_rate=narration.sample_rate, channels=plan.channels) as write:
        pairs = _pairs(plan, duck_gains(speech, plan.duck))
        with closing(pairs), closing(limited(pairs, narration.sample_rate)) as blocks:
            for samples, bed in blocks:
                meter.push(bed / np.float32(SCALE))
                write(mixed(samples, bed, narration.sample_rate))
                progress(len(samples) / narration.sample_rate)
    energies = meter.finish()[: len(speech)]
    return loudness(energies, speech[: len(energies)]) if plan.voices else SILENCE


def _pairs(plan: Plan, gains: FloatArray) -> Generator[Pair, None, None]:
    """Yield the narration's blocks with their ducked beds in 16-bit units."""
    narration = plan.narration
    rate, block = narration.sample_rate, round(BLOCK_S * narration.sample_rate)
    beds = bed_blocks(plan.voices, length=narration.length, channels=plan.bed_channels, block=block)
    speech = pcm_blocks(narration.path, sample_rate=rate, channels=narration.channels, block_s=BLOCK_S)
    with closing(beds), closing(speech):
        for number, (samples, bed) in enumerate(zip(speech, beds, strict=True)):
            bed *= SCALE * _between_frames(gains, number * block, len(bed), frame_samples(rate))[:, None]
            yield samples, bed


def _between_frames(gains: FloatArray, first: int, count: int, frame: int) -> FloatArray:
    centres = first // frame + np.arange(-1, count // frame + 3)
    known = gains[np.clip(centres, 0, len(gains) - 1)]
    positions = np.arange(first, first + count)
    return np.interp(positions, (centres + 0.5) * frame, known).astype(np.float32)
