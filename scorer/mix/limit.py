"""Headroom: where speech and bed together would pass full scale, the bed gives way; the speech never does."""

from collections.abc import Generator, Iterable
from typing import Final

import numpy as np

from scorer.mix.pcm import FloatArray, Pcm, scaled

FULL_SCALE: Final = 32766.0  # one below the largest 16-bit value, for the rounding of the bed
FRAME_S: Final = 0.1  # seconds: the ramp of a reduction

Pair = tuple[Pcm, FloatArray]


def limited(pairs: Iterable[Pair], sample_rate: int) -> Generator[Pair, None, None]:
    """Yield (speech, bed) blocks (n, channels), in 16-bit units, with beds that leave room for the speech.

    Channels meet as in `scorer.mix.block.mixed`. The gain is the least that each 100 ms needs, and runs straight
    between frames, so it neither clicks nor overshoots. One block is held back: a ramp begins in the frame before.
    """
    frame = max(1, round(FRAME_S * sample_rate))
    held: tuple[Pair, FloatArray] | None = None
    before = np.ones(1, dtype=np.float32)
    for speech, bed in pairs:
        needed = _needed(speech, bed, frame)
        if held is not None:
            yield _apply(held[0], before, held[1], needed[:1], frame)
            before = held[1][-1:]
        held = (speech, bed), needed
    if held is not None:
        yield _apply(held[0], before, held[1], held[1][-1:], frame)


def _needed(speech: Pcm, bed: FloatArray, frame: int) -> FloatArray:
    starts = np.arange(0, len(bed), frame)
    least = np.ones(len(starts), dtype=np.float32)
    if _peak(bed) + _peak(speech) <= FULL_SCALE:
        return least
    # channel by channel: numpy goes along many short rows far more slowly
    for channel, samples in enumerate(bed.T):
        room = FULL_SCALE - speech[:, min(channel, speech.shape[1] - 1)] * np.sign(samples)
        size = np.abs(samples)
        gains = np.clip(np.divide(room, size, out=np.ones_like(size), where=size > room), 0.0, 1.0)
        np.minimum(least, np.minimum.reduceat(gains, starts), out=least)
    return least


def _peak(samples: Pcm | FloatArray) -> float:
    return max(float(samples.max()), -float(samples.min()))


def _apply(pair: Pair, before: FloatArray, needed: FloatArray, after: FloatArray, frame: int) -> Pair:
    speech, bed = pair
    if min(before.min(), needed.min(), after.min()) >= 1.0:
        return pair
    around = np.concatenate([before, needed, after])
    edges = np.minimum(around[:-1], around[1:])
    positions = np.minimum(np.arange(len(needed) + 1) * frame, len(bed))
    gains = np.interp(np.arange(len(bed)), positions, edges).astype(np.float32)
    return speech, scaled(bed, gains)
