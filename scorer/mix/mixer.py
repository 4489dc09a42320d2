"""The mixer: a planned mix becomes sound, section by section, in blocks.

Two passes read the narration. The first (`read_narration`) measures loudness and finds the speech, so that levels and
ducking are known; the second lays the bed under it. Each holds a few blocks of 5 seconds, whatever the length. Each
section is mixed by itself and is the same whether or not the render was stopped before it.
"""

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import numpy as np

from scorer.mix.bed import bed_blocks
from scorer.mix.block import mixed
from scorer.mix.duck import duck_gains
from scorer.mix.layout import Section
from scorer.mix.limit import Pair, limited
from scorer.mix.loudness import FRAME_S, Meter, frame_samples
from scorer.mix.narration import BLOCK_S
from scorer.mix.pcm import SCALE, FloatArray, Pcm, pcm16, scaled
from scorer.mix.piece import Piece, Pieces, writing
from scorer.mix.plan import Plan

Progress = Callable[[float], object]


def mix_pieces(plan: Plan, pieces: Pieces, progress: Progress) -> list[Piece]:
    """Mix the sections of a plan that are not finished yet; return all.

    `progress` is called with the seconds just done. Raises `AudioError` where it cannot be written.
    """
    rate, made = plan.narration.sample_rate, []
    gains = duck_gains(plan.speech, plan.duck, plan.interlude)
    with pieces.kept_if_any(), closing(_Tape(plan.narration.blocks())) as tape:
        for number, section in enumerate(plan.sections):
            if not pieces.finished(number):
                tape.skip(section.start)
                _mix(plan, section, gains, tape, pieces, number, progress)
            else:
                progress((section.end - section.start) / rate)
            piece = pieces.finished(number)
            assert piece is not None
            made.append(piece)
    return made


def _mix(
    plan: Plan, section: Section, gains: FloatArray, tape: "_Tape", pieces: Pieces, number: int, progress: Progress
) -> None:
    narration = plan.narration
    rate, hop = narration.sample_rate, frame_samples(narration.sample_rate)
    meter = Meter(rate, plan.bed_channels)
    with ExitStack() as open_files:
        writers = [open_files.enter_context(writing(path)) for path in pieces.paths(number)]
        side = open_files.enter_context(ThreadPoolExecutor(1))  # the meter works while the next block is mixed
        measured: Future[Any] = side.submit(int)
        pairs = open_files.enter_context(closing(_pairs(plan, section, gains, tape)))
        for speech, bed in open_files.enter_context(closing(limited(pairs, rate))):
            measured.result()
            measured = side.submit(meter.push, bed / np.float32(SCALE))
            music = pcm16(bed)
            sound = mixed(speech, music, rate)
            for write, samples in zip(writers, (np.frombuffer(sound, "<i2"), speech, music), strict=False):
                write(samples.data)
            progress(len(speech) / rate)
    pieces.finish(number, meter.finish()[: -(-(section.end - section.start) // hop)])


def _pairs(plan: Plan, section: Section, gains: FloatArray, tape: "_Tape") -> Generator[Pair, None, None]:
    """Yield the section's blocks of speech with their ducked beds, in 16-bit units."""
    rate = plan.narration.sample_rate
    hop = frame_samples(rate)
    block = round(BLOCK_S / FRAME_S) * hop
    beds = bed_blocks(plan.voices, start=section.start, end=section.end, channels=plan.bed_channels, block=block)
    with closing(beds):
        for number, bed in enumerate(beds):
            first = section.start + number * block
            yield tape.take(len(bed)), _ducked(bed, gains, first, hop)


def _ducked(bed: FloatArray, gains: FloatArray, first: int, frame: int) -> FloatArray:
    """Return a block of bed that begins at sample `first`, in 16-bit units, by gains (frames,) and lines between."""
    centres = first // frame + np.arange(-1, len(bed) // frame + 3)
    known = gains[np.clip(centres, 0, len(gains) - 1)]
    if known.min() == known.max():
        return bed * np.float32(SCALE * known[0])
    positions = np.arange(first, first + len(bed))
    return scaled(bed, (SCALE * np.interp(positions, (centres + 0.5) * frame, known)).astype(np.float32))


class _Tape:
    """The narration's samples in order, as many at a time as are asked for."""

    def __init__(self, blocks: Generator[Pcm, None, None]) -> None:
        self._blocks = blocks
        self._rest: Pcm | None = None
        self._at = 0

    def take(self, count: int) -> Pcm:
        """Return the next `count` samples (count, channels)."""
        held = [] if self._rest is None or not len(self._rest) else [self._rest]
        while sum(map(len, held)) < count:
            held.append(next(self._blocks))
        together = held[0] if len(held) == 1 else np.concatenate(held)
        self._rest = together[count:]
        self._at += count
        return together[:count]

    def skip(self, place: int) -> None:
        """Go on to sample `place`."""
        while self._at < place:
            size = len(self._rest) if self._rest is not None and len(self._rest) else 1
            self.take(min(place - self._at, size))

    def close(self) -> None:
        """Stop decoding."""
        self._blocks.close()
