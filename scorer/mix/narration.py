"""The narration, measured in one pass before anything is mixed."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scorer.audio.ffmpeg import probe
from scorer.errors import AudioError
from scorer.mix.loudness import SILENCE, Meter, loudness
from scorer.mix.pcm import FloatArray, floats, pcm_blocks

BLOCK_S: Final = 5.0  # seconds: longer blocks took more memory and no less time
CUT_OFF: Final = 0.95  # of the length that the header tells: with less decoded, the file is damaged


@dataclass(frozen=True, slots=True)
class Narration:
    """A narration's form and its (frames,) energies, as `scorer.mix.loudness` defines them; `length` is in samples.

    `told_s` is the length by the file's header, or None where it does not say.
    """

    path: Path
    sample_rate: int
    channels: int
    length: int
    told_s: float | None
    energies: FloatArray

    @property
    def seconds(self) -> float:
        """The length in seconds."""
        return self.length / self.sample_rate

    @property
    def cut_off(self) -> bool:
        """Whether much less could be decoded than the header tells."""
        return self.told_s is not None and self.seconds < CUT_OFF * self.told_s


def read_narration(path: Path, progress: Callable[[float], object]) -> Narration:
    """Decode and measure a narration; `progress` is called with the seconds just done.

    Raises `AudioError` where it is missing, cannot be decoded, or is silent.
    """
    told_s, sample_rate, channels = probe(path)
    meter = Meter(sample_rate, channels)
    length = 0
    blocks = pcm_blocks(path, sample_rate=sample_rate, channels=channels, block_s=BLOCK_S)
    with closing(blocks):
        for block in blocks:
            meter.push(floats(block))
            length += len(block)
            progress(len(block) / sample_rate)
    energies = meter.finish()
    if loudness(energies) == SILENCE:
        raise AudioError(f"{path}: silent; is it the right file, or is a channel missing?")
    return Narration(path, sample_rate, channels, length, told_s, energies)
