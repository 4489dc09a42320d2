"""The VGGish tower: AudioSet's published features to moods, valence and arousal, and to vectors of the emotion space.

AudioSet publishes no sound, only VGGish features (Hershey et al. 2017): 128 unsigned bytes a second. The benchmarks
need this tower; a user's music goes through `scorer.nets.music_encoder`.
"""

from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scorer.emotion import DIMENSIONS, MOODS, FloatArray
from scorer.nets.emotions import Emotions
from scorer.nets.registry import entry, fill, load_weights

FEATURES: Final = (10, 128)
MOMENT: Final = 2  # seconds that are heard at once
ANCHORS: Final = 400


def moments(features: Tensor) -> Tensor:
    """Return means (n, 9, 128) over every MOMENT neighbouring seconds of features (n, 10, 128) in [0, 255]."""
    return (features.float() / 255.0).unfold(1, MOMENT, 1).mean(dim=3)


class VggishNet(nn.Module):
    """Hears each moment by how near it is to anchors (a Gaussian kernel), and takes the mean of the logits."""

    mean: Tensor
    deviation: Tensor
    anchors: Tensor
    gamma: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES[1]))
        self.register_buffer("deviation", torch.ones(FEATURES[1]))
        self.register_buffer("anchors", torch.zeros(ANCHORS, FEATURES[1]))
        self.register_buffer("gamma", torch.ones(()))
        self.moods = nn.Linear(ANCHORS, len(MOODS))
        self.valence_arousal = nn.Linear(ANCHORS, 2)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return mood logits (n, 7), and valence and arousal in [0, 1] (n, 2), of features (n, 10, 128)."""
        x = (moments(features) - self.mean) / self.deviation
        near = torch.exp(-self.gamma * torch.cdist(x, self.anchors.expand(len(x), -1, -1)).square()).mean(dim=1)
        return self.moods(near), self.valence_arousal(near).clamp(0.0, 1.0)


class VggishEncoder:
    """Hears VGGish features, items of shape (10, 128), unsigned bytes; make one with `load`."""

    dimensions: Final = DIMENSIONS

    def __init__(self, *, net: VggishNet, digest: str) -> None:
        self.digest = digest
        self._net = net.eval()

    @classmethod
    def load(cls) -> Self:
        """Load the weights in the box. Raises `ModelError` where they are missing, fail their hash or do not fit."""
        found = entry("vggish")
        net = VggishNet()
        fill(net, load_weights(found), found)
        return cls(net=net, digest=found.digest)

    @torch.inference_mode()
    def encode(self, items: Sequence[NDArray[Any]] | NDArray[Any]) -> Emotions:
        """Hear items (n, 10, 128): moods (n, 7), rows summing to one, valence and arousal (n, 2)."""
        logits, points = self._net(torch.from_numpy(np.stack(list(items)).astype(np.float32)))
        return Emotions.of_clips(torch.softmax(logits, dim=1).numpy(), points.numpy())

    def embed(self, items: Sequence[NDArray[Any]] | NDArray[Any]) -> FloatArray:
        """Return unit vectors (n, dimensions) of the emotion space."""
        return self.encode(items).vectors
