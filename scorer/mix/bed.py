"""The bed: the voices, faded and joined, block by block."""

from collections.abc import Generator, Sequence

import numpy as np

from scorer.mix.pcm import FloatArray
from scorer.mix.voice import Sounding, Voice


def bed_blocks(
    voices: Sequence[Voice], *, start: int, end: int, channels: int, block: int
) -> Generator[FloatArray, None, None]:
    """Yield the bed's samples [start, end) in blocks (block, channels), the last shorter.

    A track is open only while it sounds: memory follows the block.
    """
    waiting = sorted((one for one in voices if one.part.end > start), key=lambda one: one.part.start)
    sounding: list[Sounding] = []
    try:
        for at in range(start, end, block):
            until = min(at + block, end)
            while waiting and waiting[0].part.start < until:
                sounding.append(Sounding(waiting.pop(0), start))
            bed = np.zeros((until - at, channels), dtype=np.float32)
            for one in sounding:
                one.add(bed, at)
            for one in [one for one in sounding if one.end <= until]:
                one.close()
                sounding.remove(one)
            yield bed
    finally:
        for one in sounding:
            one.close()
