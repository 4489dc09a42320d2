"""The paper's music tower: a residual network of seven layers over log-mel spectrograms of raw audio (Won et al. 2021).

Sound at 16 kHz, a 512-point FFT with half overlap, 128 mel bands; seven residual layers of two 3x3 convolutions, each
of which halves both axes, as in Won et al.'s short-chunk network (2020); the greatest value of each channel at the end.
"""

import warnings
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchaudio.transforms import MelSpectrogram

from scorer.audio.clip import SAMPLE_RATE

FFT: Final = 512
HOP: Final = FFT // 2
MELS: Final = 128
CROP: Final = 5 * SAMPLE_RATE // HOP  # frames, five seconds
LAYERS: Final = 7
GROWTH: Final = (1, 1, 2, 2, 2, 2, 4)  # channels of the layers, as multiples of the first's
BATCH: Final = 16  # crops at a time when nothing is learned


class MelResNet(nn.Module):
    """f for raw audio: log-mel spectrograms (n, MELS, frames) to (n, width)."""

    def __init__(self, channels: int = 128) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1)
        sizes = [1, *(channels * growth for growth in GROWTH)]
        self.layers = nn.Sequential(*(_Layer(a, b) for a, b in pairwise(sizes)))
        self.width = sizes[-1]
        self.drop = nn.Dropout(0.5)
        for parameter in self.parameters():
            if parameter.dim() == 4:  # kernels laid out as the pictures are: half the time on a CPU
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)

    def forward(self, sounds: Tensor) -> Tensor:
        """Map spectrograms (n, MELS, frames), frames >= CROP, to (n, width).

        In training one crop of five seconds is drawn from each; else the mean is taken over all that follow each other.
        """
        if self.training:
            first = int(torch.randint(0, sounds.shape[2] - CROP + 1, (1,)))
            dropped: Tensor = self.drop(self._read(sounds[:, :, first : first + CROP]))
            return dropped
        crops = sounds.unfold(2, CROP, CROP).transpose(1, 2)  # (n, crops, MELS, CROP)
        flat = crops.reshape(-1, MELS, CROP)
        read = torch.cat([self._read(part) for part in torch.split(flat, BATCH)])
        return read.reshape(len(sounds), -1, self.width).mean(dim=1)

    def _read(self, crops: Tensor) -> Tensor:
        x = self.norm(crops.float().unsqueeze(1)).contiguous(memory_format=torch.channels_last)
        y: Tensor = self.layers(x)
        return y.amax(dim=(2, 3))


class _Layer(nn.Module):
    """Two convolutions and a short cut, all of stride two at their first step."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride=2, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.short = nn.Conv2d(channels_in, channels, 3, stride=2, padding=1, bias=False)
        self.short_norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(y)) + self.short_norm(self.short(x)))


def log_mels(samples: Tensor) -> Tensor:
    """Map 16 kHz mono samples (n, s) in [-1, 1] to log-mel spectrograms in decibels (n, MELS, s // HOP)."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="At least one mel filterbank"
        )  # 128 bands of 257 bins: some are empty
        power = MelSpectrogram(SAMPLE_RATE, n_fft=FFT, hop_length=HOP, n_mels=MELS)(samples)
    return 10.0 * torch.log10(power[..., : samples.shape[-1] // HOP].clamp_min(1e-10))
