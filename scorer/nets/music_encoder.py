"""The music encoder: sound to moods, valence and arousal, and to vectors of the emotion space."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchaudio.functional import resample

from scorer.audio.clip import CLIP_S, CLIP_SAMPLES, SAMPLE_RATE
from scorer.audio.decode import stream
from scorer.emotion import DIMENSIONS, MOODS, MUSIC_REACH
from scorer.errors import AudioError
from scorer.nets.device import best_device
from scorer.nets.emotions import Emotions
from scorer.nets.mel import SILENT_POWER, MelPower, level_free
from scorer.nets.registry import DEFAULT_PAIR, fill, load_weights, pair
from scorer.nets.resnet import FEATURES, Heard, MusicNet

FloatArray = NDArray[np.float32]
Sound = str | Path | tuple[NDArray[np.floating[Any]], int]
Progress = Callable[[int], object]

BATCH: Final = 8  # clips at a time; more do not fit the processor's caches and are slower
BLOCK_CLIPS: Final = 16  # clips decoded at a time


class MusicEncoder:
    """Hears 10 s clips of 16 kHz mono sound, at any level; make one with `load`.

    Where items are asked for, each is a path to a sound file or a pair (waveform, sample rate in Hz), the waveform
    of shape (n,) or (n, channels) in [-1, 1]. A long item is the mean over its clips. One shorter than a clip is
    looped to fill it, and so is a rest of at least half a clip. Silent clips count only where there are no others;
    they have even moods and stand in the middle of the valence-arousal plane.
    """

    dimensions: Final = DIMENSIONS

    def __init__(self, *, net: MusicNet, digest: str, device: str) -> None:
        self.digest = digest
        self.device = device
        self.net = net.eval().to(device)
        self._power = MelPower().to(device)

    @classmethod
    def load(cls, *, model: str = DEFAULT_PAIR, device: str | None = None) -> Self:
        """Load the music encoder of a pair of models; `device` is CUDA or MPS where there is one, else the CPU.

        Raises `ModelError`, for a user's own model `OwnModelError`, where the weights are missing, fail their hash or
        do not fit the network.
        """
        entry = pair(model).music
        net = MusicNet()
        fill(net, {name: tensor.float() for name, tensor in load_weights(entry).items()}, entry)
        return cls(net=net, digest=entry.digest, device=device or best_device())

    def encode_clips(self, clips: FloatArray) -> Emotions:
        """Hear clips (n, 160000) of 16 kHz mono samples in [-1, 1]."""
        return self._hear(clips)[0]

    @torch.inference_mode()
    def features(self, clips: FloatArray) -> FloatArray:
        """Return what the heads are linear in, (n, FEATURES), of clips (n, 160000)."""
        heard = [self._read(batch, power).features.cpu().numpy() for batch, power in self._powers(clips)]
        return np.concatenate([np.empty((0, FEATURES), np.float32), *heard])

    def silent(self, clips: FloatArray) -> NDArray[np.bool_]:
        """Return (n,) true for clips (n, 160000) that hold nothing louder than rounding noise, about -94 dBFS."""
        return np.concatenate(
            [np.empty(0, np.bool_), *(_silent(power).cpu().numpy() for _, power in self._powers(clips))]
        )

    def encode(self, items: Sequence[Sound], *, progress: Progress | None = None) -> Emotions:
        """Hear items: moods (n, 7), valence and arousal (n, 2), music (n,); `progress` is called with 1 after each.

        Raises `AudioError` where one cannot be decoded or has no samples.
        """
        moods = np.empty((len(items), len(MOODS)), np.float32)
        points = np.empty((len(items), 2), np.float32)
        music = np.empty(len(items), np.float32)
        for i, item in enumerate(items):
            moods[i], points[i], music[i] = self._mean(item)
            if progress:
                progress(1)
        return Emotions.of_clips(moods, points, music, reach=MUSIC_REACH)

    def embed(self, items: Sequence[Sound]) -> FloatArray:
        """Return unit vectors (n, dimensions) of the emotion space."""
        return self.encode(items).vectors

    def moods(self, items: Sequence[Sound]) -> FloatArray:
        """Return mood probabilities (n, 7) in the order of `emotion.MOODS`; rows sum to one."""
        return self.encode(items).moods

    def valence_arousal(self, items: Sequence[Sound]) -> FloatArray:
        """Return valence and arousal (n, 2) in [0, 1]."""
        return self.encode(items).valence_arousal

    def _mean(self, item: Sound) -> tuple[FloatArray, FloatArray, float]:
        moods, points, music, weights = np.zeros(len(MOODS)), np.zeros(2), 0.0, 0.0
        for clips in _blocks(item):
            emotions, silent = self._hear(clips)
            # a hundred million silent clips would not outweigh one that sounds
            weight = np.where(silent, 1e-8, 1.0)
            moods += weight @ emotions.moods
            points += weight @ emotions.valence_arousal
            music += float(weight @ emotions.music)
            weights += float(weight.sum())
        return (moods / weights).astype(np.float32), (points / weights).astype(np.float32), music / weights

    @torch.inference_mode()
    def _hear(self, clips: FloatArray) -> tuple[Emotions, NDArray[np.bool_]]:
        moods, points, music = [torch.empty(0, len(MOODS))], [torch.empty(0, 2)], [torch.empty(0)]
        silents = [torch.empty(0, dtype=torch.bool)]
        for batch, power in self._powers(clips):
            silent, heard = _silent(power), self._read(batch, power)
            moods.append(torch.softmax(heard.moods, dim=1).masked_fill(silent[:, None], 1.0 / len(MOODS)).cpu())
            points.append(torch.sigmoid(heard.valence_arousal).masked_fill(silent[:, None], 0.5).cpu())
            music.append(torch.sigmoid(heard.music).masked_fill(silent, 0.0).cpu())
            silents.append(silent.cpu())
        told, places, sure = (torch.cat(parts).numpy() for parts in (moods, points, music))
        emotions = Emotions.of_clips(told, places, sure, reach=MUSIC_REACH)
        return emotions, torch.cat(silents).numpy()

    def _read(self, batch: Tensor, power: Tensor) -> Heard:
        return self.net(level_free(power), self.net.beside(batch))  # type: ignore[no-any-return]

    def _powers(self, clips: FloatArray) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the clips (b, 160000) and their mel powers (b, mels, frames), `BATCH` at a time."""
        for start in range(0, len(clips), BATCH):
            batch = torch.from_numpy(np.ascontiguousarray(clips[start : start + BATCH], np.float32)).to(self.device)
            with torch.inference_mode():
                yield batch, self._power(batch)


def _silent(power: Tensor) -> Tensor:
    """(n,) true where mel powers (n, mels, frames) are those of silence."""
    return power.mean(dim=(1, 2)) < SILENT_POWER


def _blocks(item: Sound) -> Iterator[FloatArray]:
    """Yield the clips (m, 160000) of an item, at least one."""
    if isinstance(item, tuple):
        yield _cut(_heard_at(*item))
        return
    first = True
    for block in stream(Path(item), sample_rate=SAMPLE_RATE, channels=1, block_s=CLIP_S * BLOCK_CLIPS):
        samples = block[:, 0]
        if first or len(samples) >= CLIP_SAMPLES // 2:
            yield _cut(samples)
        first = False


def _heard_at(waveform: NDArray[np.floating[Any]], sample_rate: int) -> FloatArray:
    """Mix down to mono, resample to 16 kHz; raise `AudioError` where there is nothing to hear."""
    samples = np.nan_to_num(np.asarray(waveform, np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    if samples.ndim not in (1, 2) or samples.size == 0 or sample_rate <= 0:
        raise AudioError(f"waveform of shape {samples.shape} at {sample_rate} Hz: give (n,) or (n, channels), n > 0")
    if samples.ndim == 2:
        samples = samples.mean(axis=1)
    if sample_rate == SAMPLE_RATE:
        return samples
    return np.asarray(resample(torch.from_numpy(samples), sample_rate, SAMPLE_RATE).numpy(), np.float32)


def _cut(samples: FloatArray) -> FloatArray:
    """Cut samples (n,) to clips (m, 160000); a rest of half a clip, or all there is, is looped to a whole one."""
    whole = len(samples) // CLIP_SAMPLES
    clips = samples[: whole * CLIP_SAMPLES].reshape(whole, CLIP_SAMPLES)
    rest = samples[whole * CLIP_SAMPLES :]
    if whole and len(rest) < CLIP_SAMPLES // 2:
        return clips
    return np.concatenate([clips, np.resize(rest, (1, CLIP_SAMPLES))])
