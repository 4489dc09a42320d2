"""The bed: the voices, faded and joined, block by block."""

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import numpy as np

from scorer.mix.pcm import FloatArray
from scorer.mix.voice import Sounding, Voice

AHEAD: Final = 4  # blocks by which a track is opened before it sounds


def bed_blocks(
    voices: Sequence[Voice], *, start: int, end: int, channels: int, block: int
) -> Generator[FloatArray, None, None]:
    """Yield the bed's samples [start, end) in blocks (block, channels), the last shorter.

    A track is open only while it sounds and shortly before: memory follows the block.
    """
    waiting = deque(sorted((one for one in voices if one.part.end > start), key=lambda one: one.part.start))
    coming: deque[tuple[int, Future[Sounding]]] = deque()
    sounding: list[Sounding] = []
    with ThreadPoolExecutor(1) as opener:
        try:
            for at in range(start, end, block):
                until = min(at + block, end)
                while waiting and waiting[0].part.start < min(until + AHEAD * block, end):
                    one = waiting.popleft()
                    coming.append((one.part.start, opener.submit(Sounding, one, start)))
                while coming and coming[0][0] < until:
                    sounding.append(coming.popleft()[1].result())
                bed = np.zeros((until - at, channels), dtype=np.float32)
                for voice in sounding:
                    voice.add(bed, at)
                for voice in [voice for voice in sounding if voice.end <= until]:
                    voice.close()
                    sounding.remove(voice)
                yield bed
        finally:
            for voice in [*sounding, *(future.result() for _, future in coming)]:
                voice.close()
