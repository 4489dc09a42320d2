"""The music network: a small residual CNN over level-free log-mels (He et al. 2016), beside tags and harmony."""

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorer.emotion import MOODS
from scorer.nets.harmony import HARMONY, Harmony
from scorer.nets.tag_net import TAGS, TagNet

WIDTHS: Final = (32, 64, 128, 176)  # channels of each stage
DEPTHS: Final = (1, 2, 2, 1)  # blocks of each stage
STRIDES: Final = (2, 2, 2, 1)  # by which each stage shrinks mels and frames; the stem has halved both before
BESIDE: Final = TAGS + HARMONY  # features that the picture does not give
FEATURES: Final = 2 * WIDTHS[-1] + BESIDE


class Block(nn.Module):
    """Two 3x3 convolutions with a short cut; `stride` shrinks both axes."""

    def __init__(self, *, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.short: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels:
            self.short = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True),
                nn.Conv2d(channels_in, channels, 1, bias=False),
                nn.BatchNorm2d(channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, channels_in, mels, frames) to (n, channels, ceil(mels / stride), ceil(frames / stride))."""
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(y)) + self.short(x))


class Heard(NamedTuple):
    """What the network says of n clips."""

    features: Tensor  # (n, FEATURES)
    moods: Tensor  # (n, 7) logits of a softmax, order `emotion.MOODS`
    valence_arousal: Tensor  # (n, 2) logits of a sigmoid
    music: Tensor  # (n,) logit of a sigmoid: that it is music at all


class MusicNet(nn.Module):
    """Log-mel pictures, and what the tag branch and the harmony say, to mood and valence-arousal logits."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, WIDTHS[0], 5, stride=2, padding=2, bias=False)
        self.stem_norm = nn.BatchNorm2d(WIDTHS[0])
        blocks: list[nn.Module] = []
        before = WIDTHS[0]
        for width, depth, stride in zip(WIDTHS, DEPTHS, STRIDES, strict=True):
            for i in range(depth):
                blocks.append(Block(channels_in=before, channels=width, stride=stride if i == 0 else 1))
                before = width
        self.blocks = nn.Sequential(*blocks)
        self.tags = TagNet()
        self.harmony = Harmony()
        self.drop = nn.Dropout(0.2)
        self.moods = nn.Linear(FEATURES, len(MOODS))
        self.valence_arousal = nn.Linear(FEATURES, 2)
        self.music = nn.Linear(FEATURES, 1)
        for parameter in (*self.stem.parameters(), *self.blocks.parameters()):
            if parameter.dim() == 4:  # kernels laid out as the pictures are: half the time on a CPU
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)

    def beside(self, samples: Tensor) -> Tensor:
        """Map 16 kHz mono clips (n, CLIP_SAMPLES) to what goes beside their pictures, (n, BESIDE)."""
        return torch.cat([self.tags(samples), self.harmony(samples)], dim=1)

    def forward(self, pictures: Tensor, beside: Tensor) -> Heard:
        """Map level-free log-mels (n, MELS, frames) and what goes beside them (n, BESIDE) to `Heard`."""
        x = pictures.unsqueeze(1).contiguous(memory_format=torch.channels_last)
        x = functional.relu(self.stem_norm(self.stem(x)))
        x = self.blocks(x)
        # the mean tells the texture, the strongest moment tells what happens
        features = self.drop(torch.cat([x.mean(dim=(2, 3)), x.mean(dim=2).amax(dim=2), beside], dim=1))
        moods, points, music = (_read(head, features) for head in (self.moods, self.valence_arousal, self.music))
        return Heard(features, moods, points, music.squeeze(1))


def _read(head: nn.Linear, features: Tensor) -> Tensor:
    """Return what a head says (n, k): a product of matrices would tell, in its last bits, how many clips there were."""
    return (features.unsqueeze(1) * head.weight).sum(dim=2) + head.bias
