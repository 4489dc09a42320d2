"""The towers of the strategies of Won et al. (ISMIR 2021): from features f(x) to vectors, g(f(x)), eq. 1.

The text tower's f is a sentence encoder, the music tower's a small convolutional network over VGGish features. Each g
is a multi-layer perceptron.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorer.nets.vggish import FEATURES

TAG_WIDTH: Final = 300  # of word2vec's
HIDDEN: Final = 64


class Mlp(nn.Module):
    """g: (n, width) to (n, out) through `depth` linear layers."""

    def __init__(self, *, width: int, out: int, depth: int = 2, drop: float = 0.3) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(depth - 1):
            layers += [nn.Linear(width, HIDDEN), nn.ReLU(), nn.Dropout(drop)]
            width = HIDDEN
        self.layers = nn.Sequential(*layers, nn.Linear(width, out))

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, width) to (n, out)."""
        y: Tensor = self.layers(x)
        return y


class VggishTower(nn.Module):
    """f for VGGish features: two convolutions over time, then mean, deviation and greatest of each channel."""

    mean: Tensor
    deviation: Tensor
    width: Final = 3 * HIDDEN

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES[1]))
        self.register_buffer("deviation", torch.ones(FEATURES[1]))
        self.conv1 = nn.Conv1d(FEATURES[1], HIDDEN, 3, padding=1)
        self.conv2 = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=1)
        self.drop = nn.Dropout(0.3)

    def standardise(self, features: Tensor) -> None:
        """Remember mean and deviation of training features (n, 10, 128) in [0, 255]."""
        x = features.float().reshape(-1, FEATURES[1])
        self.mean.copy_(x.mean(dim=0))
        self.deviation.copy_(x.std(dim=0) + 1.0)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, 10, 128) in [0, 255] to (n, width)."""
        x = ((features.float() - self.mean) / self.deviation).transpose(1, 2)
        x = functional.relu(self.conv1(x))
        x = functional.relu(self.conv2(self.drop(x)) + x)
        pooled: Tensor = self.drop(torch.cat([x.mean(dim=2), x.std(dim=2), x.amax(dim=2)], dim=1))
        return pooled
