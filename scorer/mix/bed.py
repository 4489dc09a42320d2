"""The bed: the voices, faded and joined, block by block."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from scorer.mix.pcm import FloatArray
from scorer.mix.voice import Sounding, Voice


def bed_blocks(
    voices: Sequence[Voice], *, start: int, end: int, channels: int, block: int
) -> Generator[FloatArray, None, None]:
    """Yield the bed's samples [start, end) in blocks (block, channels), the last shorter.

    A track is open only while it sounds, and the next one is being opened: memory follows the block.
    """
    waiting = sorted((one for one in voices if one.part.end > start), key=lambda one: one.part.start)
    sounding: list[Sounding] = []
    with ThreadPoolExecutor(1) as opener:
        coming = [opener.submit(Sounding, one, start) for one in waiting[:1]]
        try:
            for at in range(start, end, block):
                until = min(at + block, end)
                while waiting and waiting[0].part.start < until:
                    sounding.append(coming.pop().result())
                    waiting.pop(0)
                    coming += [opener.submit(Sounding, one, start) for one in waiting[:1] if one.part.start < end]
                bed = np.zeros((until - at, channels), dtype=np.float32)
                for one in sounding:
                    one.add(bed, at)
                for one in [one for one in sounding if one.end <= until]:
                    one.close()
                    sounding.remove(one)
                yield bed
        finally:
            for one in [*sounding, *(future.result() for future in coming)]:
                one.close()
