"""Raw PCM: files decoded to 16-bit blocks, and blocks between 16 bits and floats."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scorer.audio.decode import stream_pcm16

Pcm = NDArray[np.int16]
FloatArray = NDArray[np.float32]

SCALE = 32768.0  # 16-bit units in a full scale of one


def pcm_blocks(path: Path, *, sample_rate: int, channels: int, block_s: float) -> Generator[Pcm, None, None]:
    """Yield a file's samples in blocks (n, channels), decoded one block ahead.

    Closing the generator stops its ffmpeg process. Raises `AudioError` where nothing can be decoded.
    """
    return one_ahead(stream_pcm16(path, sample_rate=sample_rate, channels=channels, block_s=block_s))


def one_ahead(blocks: Iterator[Pcm]) -> Generator[Pcm, None, None]:
    """Yield blocks, of which the next is fetched meanwhile, so that ffmpeg works while they are used."""
    with closing(_closeable(blocks)) as source, ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, source, None)
        while (block := coming.result()) is not None:
            coming = reader.submit(next, source, None)
            yield block


def _closeable(blocks: Iterator[Pcm]) -> Generator[Pcm, None, None]:
    yield from blocks


def floats(samples: Pcm) -> FloatArray:
    """Return 16-bit samples as floats with full scale one."""
    return np.multiply(samples, np.float32(1.0 / SCALE), dtype=np.float32)


def pcm16(samples: FloatArray) -> Pcm:
    """Round samples in 16-bit units to 16-bit integers."""
    whole = np.rint(samples)
    return np.clip(whole, -32768, 32767, out=whole).astype(np.int16)


def scaled(samples: FloatArray, gains: FloatArray) -> FloatArray:
    """Return samples (n, channels) times gains (n,)."""
    result = np.empty_like(samples)
    # numpy multiplies long columns far more quickly than many short rows
    for channel in range(samples.shape[1]):
        np.multiply(samples[:, channel], gains, out=result[:, channel])
    return result
