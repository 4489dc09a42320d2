"""What happens to music on its way to a listener, done to log-mel pictures: equalisers, codecs, noise, other music.

All of it works on mel powers, before `level_free`; masking (SpecAugment, Park et al. 2019) on the finished pictures.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scorer.nets.mel import level_free


@dataclass(frozen=True, slots=True)
class Augment:
    """How much of each; see the recipe."""

    mixup: float
    equaliser_db: float
    low_pass: float
    noise: float
    masks: int


@dataclass(frozen=True, slots=True)
class Mixed:
    """Pictures (n, mels, frames), and how they were mixed: picture i is `share[i]` clip i, the rest clip `other[i]`."""

    pictures: Tensor
    share: Tensor
    other: Tensor

    def of(self, values: Tensor) -> Tensor:
        """Mix what is known of the clips, (n, k), as they were."""
        share = self.share[:, None]
        return share * values + (1.0 - share) * values[self.other]


def augment(log_power: Tensor, how: Augment, generator: torch.Generator) -> Mixed:
    """Map log mel powers (n, mels, frames) to augmented level-free pictures."""
    n = len(log_power)
    power = torch.exp(log_power + _equaliser(log_power.shape, how, generator))
    power = power / power.mean(dim=(1, 2), keepdim=True).clamp_min(1e-9)
    other = torch.randperm(n, generator=generator)
    mix = torch.rand(n, generator=generator) < how.mixup
    share = torch.where(mix, 0.5 + 0.5 * torch.rand(n, generator=generator), torch.ones(n))
    power = share[:, None, None] * power + (1.0 - share)[:, None, None] * power[other]
    noisy = (torch.rand(n, 1, 1, generator=generator) < how.noise).float()
    level_db = -55.0 + 25.0 * torch.rand(n, 1, 1, generator=generator)
    power = power + noisy * 10.0 ** (level_db / 10.0) * torch.rand(log_power.shape, generator=generator)
    return Mixed(_masked(level_free(power), how.masks, generator), share, other)


def _equaliser(shape: torch.Size, how: Augment, generator: torch.Generator) -> Tensor:
    """A smooth curve (n, mels, 1) in nepers of power for each clip, and for some a steep cut of the treble."""
    n, mels, _ = shape
    place = torch.linspace(0.0, math.pi, mels)
    waves = torch.stack([torch.cos(place * k) / k for k in (1, 2, 3)])
    curve = torch.randn(n, 3, generator=generator) @ waves * (how.equaliser_db / 2.0)
    cut = torch.rand(n, 1, generator=generator) < how.low_pass
    corner = mels * (0.6 + 0.4 * torch.rand(n, 1, generator=generator))
    slope_db = 1.0 + 5.0 * torch.rand(n, 1, generator=generator)  # a band
    fall = -(torch.arange(mels) - corner).clamp_min(0.0) * slope_db * cut
    return ((curve + fall) * (math.log(10.0) / 10.0)).unsqueeze(2)


def _masked(pictures: Tensor, masks: int, generator: torch.Generator) -> Tensor:
    n, mels, frames = pictures.shape
    keep = torch.ones_like(pictures)
    for _ in range(masks):
        keep *= _band(n, mels, mels // 8, generator).unsqueeze(2)
        keep *= _band(n, frames, frames // 8, generator).unsqueeze(1)
    return pictures * keep


def _band(n: int, size: int, widest: int, generator: torch.Generator) -> Tensor:
    """(n, size) of ones with one run of up to `widest` zeros a row."""
    width = (torch.rand(n, 1, generator=generator) * widest).floor()
    start = (torch.rand(n, 1, generator=generator) * (size - width)).floor()
    place = torch.arange(size)
    return ((place < start) | (place >= start + width)).float()
