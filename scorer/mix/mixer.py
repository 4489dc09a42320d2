"""The mixer: a narration and its cues become a finished sound file, in blocks.

Two passes read the narration. The first (`read_narration`) measures loudness and finds the speech, so that levels and
ducking are known; the second lays the bed under it. Each holds a few blocks of 5 seconds, whatever the length.
"""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import numpy as np

from scorer.audio.encode import encoder
from scorer.mix.bed import bed_blocks
from scorer.mix.block import mixed
from scorer.mix.duck import duck_gains, speech_frames
from scorer.mix.limit import Pair, limited
from scorer.mix.loudness import SILENCE, Meter, frame_samples, loudness
from scorer.mix.narration import BLOCK_S
from scorer.mix.pcm import SCALE, FloatArray, pcm_blocks
from scorer.mix.plan import Plan, Progress


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
