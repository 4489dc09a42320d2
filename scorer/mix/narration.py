"""The narration, measured in one pass before anything is mixed."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from scorer.audio.recording import Recording, stream_recording
from scorer.errors import AudioError
from scorer.mix.loudness import SILENCE, Meter, frame_samples, loudness
from scorer.mix.pcm import FloatArray, Pcm, floats, one_ahead

BLOCK_S: Final = 5.0  # seconds: longer blocks took more memory and no less time
CUT_OFF: Final = 0.95  # of the length that the header tells: with less decoded, the file is damaged

Frame = TypeVar("Frame", bound="np.generic[Any]")


@dataclass(frozen=True, slots=True)
class Narration:
    """A recording and its (frames,) energies, as `scorer.mix.loudness` defines them, with gaps let into it.

    `heard` is how many samples were decoded. A gap is a place in those and the samples of silence there, both whole
    frames.
    """

    recording: Recording
    heard: int
    heard_energies: FloatArray
    gaps: tuple[tuple[int, int], ...] = ()

    @property
    def path(self) -> Path:
        """What the user named."""
        return self.recording.path

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self.recording.sample_rate

    @property
    def channels(self) -> int:
        """How many channels it has."""
        return self.recording.channels

    @property
    def length(self) -> int:
        """The samples, with the gaps."""
        return self.heard + sum(size for _, size in self.gaps)

    @property
    def energies(self) -> FloatArray:
        """The energies, (frames,), with the gaps'."""
        return self.with_gaps(self.heard_energies, np.float32(0.0))

    def with_gaps(self, frames: NDArray[Frame], value: Frame) -> NDArray[Frame]:
        """Return (frames,) of the recording with `value` in the gaps' frames."""
        hop = frame_samples(self.sample_rate)
        places = np.repeat([place // hop for place, _ in self.gaps], [size // hop for _, size in self.gaps])
        return np.insert(frames, places.astype(np.int64), value)

    @property
    def seconds(self) -> float:
        """The length in seconds."""
        return self.length / self.sample_rate

    @property
    def cut_off(self) -> bool:
        """Whether much less could be decoded than the headers tell."""
        told_s = self.recording.told_s
        return told_s is not None and self.heard / self.sample_rate < CUT_OFF * told_s

    def blocks(self) -> Generator[Pcm, None, None]:
        """Yield its samples in blocks (n, channels) of at most BLOCK_S seconds."""
        at, ahead = 0, list(self.gaps)
        with closing(_blocks(self.recording)) as blocks:
            for block in blocks:
                while ahead and ahead[0][0] < at + len(block):
                    place, size = ahead.pop(0)
                    yield block[: place - at]
                    yield np.zeros((size, self.channels), np.int16)
                    at, block = place, block[place - at :]
                yield block
                at += len(block)


def read_narration(recording: Recording, progress: Callable[[float], object]) -> Narration:
    """Decode and measure a narration; `progress` is called with the seconds just done.

    Raises `AudioError` where it cannot be decoded or is silent.
    """
    length, energies = measure_recording(recording, progress)
    if loudness(energies) == SILENCE:
        raise AudioError(f"{recording.path}: silent; is it the right file, or is a channel missing?")
    return Narration(recording, length, energies)


def measure_recording(recording: Recording, progress: Callable[[float], object]) -> tuple[int, FloatArray]:
    """Return the samples of a recording and its energies, (frames,). Raises `AudioError` where it cannot be decoded."""
    meter = Meter(recording.sample_rate, recording.channels)
    length = 0
    with closing(_blocks(recording)) as blocks:
        for block in blocks:
            meter.push(floats(block))
            length += len(block)
            progress(len(block) / recording.sample_rate)
    return length, meter.finish()


def _blocks(recording: Recording) -> Generator[Pcm, None, None]:
    return one_ahead(
        stream_recording(recording, sample_rate=recording.sample_rate, channels=recording.channels, block_s=BLOCK_S)
    )
