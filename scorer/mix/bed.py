"""The bed: the voices, faded and joined, block by block."""

from collections.abc import Generator, Sequence

import numpy as np

from scorer.mix.pcm import FloatArray
from scorer.mix.voice import Sounding, Voice


def bed_blocks(voices: Sequence[Voice], *, length: int, channels: int, block: int) -> Generator[FloatArray, None, None]:
    """Yield the bed's `length` samples in blocks (block, channels), the last shorter.

    A track is open only while it sounds: memory follows the block.
    """
    waiting = sorted(voices, key=lambda voice: voice.part.start)
    sounding: list[Sounding] = []
    try:
        for at in range(0, length, block):
            end = min(at + block, length)
            while waiting and waiting[0].part.start < end:
                sounding.append(Sounding(waiting.pop(0)))
            bed = np.zeros((end - at, channels), dtype=np.float32)
            for one in sounding:
                one.add(bed, at)
            for one in [one for one in sounding if one.end <= end]:
                one.close()
                sounding.remove(one)
            yield bed
    finally:
        for one in sounding:
            one.close()
