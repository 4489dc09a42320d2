"""The second teacher: musicnn (Pons and Serra 2019, ISC licence), which has learned fifty tags of 200,000 songs.

Its tags are of the Million Song Dataset: genres and decades, and "sad", "happy", "mellow", "beautiful", "chill". Its
weights come from the package musicnn (`pip install --no-deps musicnn`), as a TensorFlow checkpoint. It is computed
here for pieces of 20 s at once; what it says of a window is the mean over the patches of 3 s that begin in it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torchaudio.functional import melscale_fbanks

from scorer.audio.clip import CLIP_S, CLIP_SAMPLES, SAMPLE_RATE
from scorer.audio.decode import decode
from scorer.errors import DatasetError
from scorer.files import whole_file
from scorer.progress import progress_bar
from train.music_cache import FloatArray, Windows, audio_path
from train.tf_checkpoint import read_checkpoint

MODEL: Final = "MSD_musicnn"
PIECE_S: Final = 20
FFT, HOP, MELS = 512, 256, 96
PATCH: Final = 187  # frames, 3 s
STEP: Final = 62  # frames from patch to patch
WIDTH: Final = 250  # what it says of a patch: 200 features and the logits of 50 tags
EPSILON: Final = 1e-3  # of its batch norms
TIMBRAL: Final = 2  # the first of its five first convolutions, over time and pitch; the others are over time alone
FIRST: Final = 5


class Musicnn:
    """Hears pieces of 16 kHz mono sound."""

    def __init__(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self._weights = {name: torch.from_numpy(values.copy()) for name, values in weights.items()}
        self._window = torch.hann_window(FFT)
        self._bands = melscale_fbanks(
            FFT // 2 + 1, 0.0, SAMPLE_RATE / 2, MELS, SAMPLE_RATE, norm="slaney", mel_scale="slaney"
        ).T

    @torch.inference_mode()
    def hear(self, samples: FloatArray) -> tuple[NDArray[np.floating], FloatArray]:
        """Return the seconds (p,) at which the patches of samples (n,) begin, and what it says of each (p, WIDTH)."""
        picture = self._norm(self._picture(torch.from_numpy(samples)), 0)
        if len(picture) < PATCH:
            return np.empty(0), np.empty((0, WIDTH), np.float32)
        rows = torch.cat([self._first(picture, number) for number in range(FIRST)], dim=1)  # (t, 561)
        middle = [rows, self._middle(rows, 5)]
        for number in (6, 7):
            middle.append(self._middle(middle[-1], number) + middle[-1])
        patches = torch.cat(middle, dim=1).unfold(0, PATCH, STEP)  # (p, 753, PATCH)
        pooled = torch.stack([patches.amax(dim=2), patches.mean(dim=2)], dim=2).flatten(1)
        features = self._norm(functional.relu(self._dense(self._norm(pooled, 9), 0)), 10)
        said = torch.cat([features, self._dense(features, 1)], dim=1)
        return np.arange(len(said)) * STEP * HOP / SAMPLE_RATE, said.numpy()

    def _picture(self, samples: Tensor) -> Tensor:
        spectrum = torch.stft(samples, FFT, HOP, window=self._window, pad_mode="reflect", return_complex=True)
        return torch.log10(10_000.0 * (self._bands @ spectrum.abs().square()) + 1.0).T  # (t, MELS)

    def _first(self, picture: Tensor, number: int) -> Tensor:
        """A convolution over (t, MELS), its strongest pitch: (t, channels)."""
        kernel = self._weights[_name("conv2d", number) + "/kernel"]  # (time, pitch, 1, channels)
        high, wide, _, channels = kernel.shape
        before = 3 if number < TIMBRAL else (high - 1) // 2
        padded = functional.pad(picture, (0, 0, before, high - 1 - before))
        places = padded.unfold(0, high, 1).unfold(1, wide, 1).reshape(-1, high * wide)
        # as one product of matrices in half precision: ten times as fast as the convolution
        product = (places.bfloat16() @ kernel.reshape(-1, channels).bfloat16()).float()
        return self._heard(product.view(len(picture), -1, channels), number).amax(dim=1)

    def _middle(self, rows: Tensor, number: int) -> Tensor:
        kernel = self._weights[_name("conv2d", number) + "/kernel"]
        padded = functional.pad(rows, (0, 0, 3, 3)).unfold(0, 7, 1)  # (t, channels, 7)
        return self._heard(torch.einsum("tck,kcd->td", padded, kernel[:, :, 0]), number)

    def _heard(self, values: Tensor, number: int) -> Tensor:
        return self._norm(functional.relu(values + self._weights[_name("conv2d", number) + "/bias"]), number + 1)

    def _dense(self, values: Tensor, number: int) -> Tensor:
        name = _name("dense", number)
        return values @ self._weights[f"{name}/kernel"] + self._weights[f"{name}/bias"]

    def _norm(self, values: Tensor, number: int) -> Tensor:
        names = (_name("batch_normalization", number) + f"/{part}" for part in ("moving_mean", "moving_variance"))
        mean, variance = (self._weights[name] for name in names)
        gamma, beta = (self._weights[_name("batch_normalization", number) + f"/{part}"] for part in ("gamma", "beta"))
        return (values - mean) / torch.sqrt(variance + EPSILON) * gamma + beta


def with_second(windows: Windows, settings: Mapping[str, Any], music: Path, debian: Path | None, runs: Path) -> Windows:
    """Return windows with what the second teacher says of them, where the recipe has a loss for it."""
    if not settings["losses"]["second"]:
        return windows
    return replace(windows, second=_musicnn_windows(windows, music, debian, runs))


def _musicnn_windows(windows: Windows, music: Path, debian: Path | None, runs: Path) -> FloatArray:
    """Return what musicnn says of all windows, (n, WIDTH); make it under `runs` at the first call."""
    key = hashlib.sha256(repr((MODEL, windows.clips.tolist(), windows.offsets.tolist())).encode()).hexdigest()[:12]
    target = runs / f"musicnn-{key}.npy"
    if not target.exists():
        made = _hear_windows(_load(), windows, music, debian)
        with whole_file(target) as part:
            np.save(part, made.astype(np.float16))
    return np.load(target).astype(np.float32)  # type: ignore[no-any-return]


def _load() -> Musicnn:
    spec = find_spec("musicnn")
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise DatasetError("the package musicnn, which teaches, is missing; pip install --no-deps musicnn")
    return Musicnn(read_checkpoint(Path(places[0]) / MODEL))


def _hear_windows(teacher: Musicnn, windows: Windows, music: Path, debian: Path | None) -> FloatArray:
    made = np.zeros((len(windows.clips), WIDTH), np.float32)
    names = list(dict.fromkeys(windows.clips.tolist()))
    with progress_bar(len(names), "musicnn", "file") as bar:
        for name in names:
            begins, said = _hear_file(teacher, audio_path(name, music, debian))
            for row in np.flatnonzero(windows.clips == name):
                offset = float(windows.offsets[row])
                inside = (begins >= offset) & (begins < offset + CLIP_S - PATCH * HOP / SAMPLE_RATE)
                made[row] = said[inside].mean(axis=0) if inside.any() else said.mean(axis=0)
            bar.update()
    return made


def _hear_file(teacher: Musicnn, path: Path) -> tuple[NDArray[np.floating], FloatArray]:
    samples = decode(path, sample_rate=SAMPLE_RATE)
    samples = np.resize(samples, max(len(samples), CLIP_SAMPLES))
    size = PIECE_S * SAMPLE_RATE
    heard = [(at / SAMPLE_RATE, *teacher.hear(samples[at : at + size])) for at in range(0, len(samples) - FFT, size)]
    return np.concatenate([at + begins for at, begins, _ in heard]), np.concatenate([said for *_, said in heard])


def _name(kind: str, number: int) -> str:
    return kind if number == 0 else f"{kind}_{number}"
