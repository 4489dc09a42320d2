"""The tag branch of the music network: musicnn (Pons and Serra 2019), as its authors trained it.

It has learned fifty tags of 200,000 songs of the Million Song Dataset (genres, decades, "sad", "happy", "mellow"): what
the small network beside it could not learn from two thousand clips. Its weights stay as published (ISC licence). Of
the published network's 561 first filters, its training has left 64 that hear anything; the others say the same of every
sound, which is part of a bias here.
"""

from itertools import pairwise
from typing import Final, Self

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchaudio.functional import melscale_fbanks

from scorer.audio.clip import SAMPLE_RATE

FFT: Final = 512
HOP: Final = FFT // 2
MELS: Final = 96
PATCH: Final = 187  # frames, 3 s
PATCHES: Final = (1, 219, 437)  # the frames at which those of a clip begin: all of it but a second
TAGS: Final = 200  # what it says of a clip
LEVEL: Final = 0.1  # root mean square that clips are brought to
QUIETEST: Final = 1e-5  # about -100 dBFS
EPSILON: Final = 1e-3
TIMBRAL: Final = ((23, 7, 38), (14, 7, 67))  # filters, frames and bands of the first convolutions
TEMPORAL: Final = ((3, 128), (7, 64), (17, 32))  # filters and frames of those over time alone
FIRST: Final = sum(size[0] for size in (*TIMBRAL, *TEMPORAL))
MIDDLE: Final = (FIRST, 64, 64, 64)


class TagNet(nn.Module):
    """16 kHz mono clips to features from which fifty tags were read. It learns nothing: its batch norms are fixed."""

    window: Tensor
    bands: Tensor

    def __init__(self) -> None:
        super().__init__()
        bank = melscale_fbanks(FFT // 2 + 1, 0.0, SAMPLE_RATE / 2, MELS, SAMPLE_RATE, norm="slaney", mel_scale="slaney")
        self.register_buffer("window", torch.hann_window(FFT), persistent=False)
        self.register_buffer("bands", bank.T.contiguous(), persistent=False)
        self.norm = nn.BatchNorm2d(1, eps=EPSILON)
        self.timbral = nn.ModuleList(
            _Heard(nn.Conv2d(1, n, (frames, bands), padding=(3, 0))) for n, frames, bands in TIMBRAL
        )
        self.temporal = nn.ModuleList(_Heard(nn.Conv1d(1, n, size)) for n, size in TEMPORAL)
        self.middle = nn.ModuleList(_Heard(nn.Conv1d(a, b, 7, padding=3)) for a, b in pairwise(MIDDLE))
        self.pooled_norm = nn.BatchNorm1d(2 * sum(MIDDLE), eps=EPSILON)
        self.dense = nn.Linear(2 * sum(MIDDLE), TAGS)
        self.dense_norm = nn.BatchNorm1d(TAGS, eps=EPSILON)
        self.requires_grad_(False)
        self.train(False)

    def train(self, mode: bool = True) -> Self:
        """Stay in evaluation mode."""
        return super().train(False)

    def forward(self, samples: Tensor) -> Tensor:
        """Map clips (n, CLIP_SAMPLES) in [-1, 1], at any level, to features (n, TAGS)."""
        level = samples.square().mean(dim=1, keepdim=True).sqrt().clamp_min(QUIETEST)
        even = samples * (LEVEL / level)
        return torch.stack([self._read(self._picture(even, first)) for first in PATCHES]).mean(dim=0)

    def _picture(self, samples: Tensor, first: int) -> Tensor:
        """(n, 1, PATCH, MELS) of the patch that begins at the frame `first`."""
        part = samples[:, (first - 1) * HOP : (first + PATCH) * HOP]
        spectrum = torch.stft(part, FFT, HOP, window=self.window, center=False, return_complex=True)
        power = self.bands @ (spectrum.real.square() + spectrum.imag.square())
        return self.norm(torch.log10(10_000.0 * power + 1.0).transpose(1, 2).unsqueeze(1))  # type: ignore[no-any-return]

    def _read(self, picture: Tensor) -> Tensor:
        first = [block(picture).amax(dim=3) for block in self.timbral]  # the strongest pitch
        n, _, frames, bands = picture.shape
        lines = picture[:, 0].transpose(1, 2).reshape(n * bands, 1, frames)
        for block, (_, size) in zip(self.temporal, TEMPORAL, strict=True):
            padded = functional.pad(lines, ((size - 1) // 2, size // 2))
            first.append(block(padded).unflatten(0, (n, bands)).amax(dim=1))
        rows = [torch.cat(first, dim=1)]
        rows.append(self.middle[0](rows[0]))
        for block in self.middle[1:]:
            rows.append(block(rows[-1]) + rows[-1])
        seen = torch.cat(rows, dim=1)  # (n, channels, PATCH)
        pooled = torch.stack([seen.amax(dim=2), seen.mean(dim=2)], dim=2).flatten(1)
        # one clip after another: a product of matrices would tell, in its last bits, how many clips there were
        said = torch.cat([self.dense(row) for row in self.pooled_norm(pooled).split(1)])
        features: Tensor = self.dense_norm(functional.relu(said))
        return features


class _Heard(nn.Module):
    """A convolution, what of it is positive, and a batch norm."""

    def __init__(self, convolution: nn.Conv1d | nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution
        norm = nn.BatchNorm1d if isinstance(convolution, nn.Conv1d) else nn.BatchNorm2d
        self.norm = norm(convolution.out_channels, eps=EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        heard: Tensor = self.norm(functional.relu(self.convolution(x)))
        return heard
