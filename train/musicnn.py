"""The tag branch's weights, as musicnn's authors published them.

They come from the package musicnn (Pons and Serra 2019, ISC licence; `pip install --no-deps musicnn`), as a TensorFlow
checkpoint.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from scorer.errors import DatasetError
from scorer.nets.tag_net import TagNet
from train.tf_checkpoint import read_checkpoint

MODEL: Final = "MSD_musicnn"
# the words that its outputs stand for, Last.fm listeners' most frequent ones
WORDS: Final = (
    *("rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s", "alternative rock"),
    *("jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul", "indie rock", "Mellow"),
    *("electronica", "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient"),
    *("acoustic", "experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening"),
    *("sexy", "catchy", "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad"),
    *("House", "happy"),
)
Weights = Mapping[str, NDArray[np.float32]]


def published() -> TagNet:
    """Return the branch with its authors' weights. Raises `DatasetError` where their package is missing."""
    return filled(read_checkpoint(_checkpoint()))


def _checkpoint() -> Path:
    spec = find_spec("musicnn")
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise DatasetError("the package musicnn, whose weights are needed, is missing; pip install --no-deps musicnn")
    return Path(places[0]) / MODEL


def words_of(tags: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the log-odds (n, 50) of `WORDS` that the published network reads from what the branch says (n, TAGS)."""
    weights = read_checkpoint(_checkpoint())
    return tags @ weights["dense_1/kernel"] + weights["dense_1/bias"]


@torch.no_grad()
def filled(weights: Weights) -> TagNet:
    """Return the branch with the weights of musicnn's checkpoint."""
    net = TagNet()
    convolutions = [*net.timbral, *net.temporal, *net.middle]
    for number, block in enumerate(convolutions):
        kernel = torch.tensor(weights[_name("conv2d", number) + "/kernel"])  # (time, pitch, channels in, channels)
        convolution = block.get_submodule("convolution")
        # those over pitch keep both axes; of the others one is 1 long
        shape = convolution.get_parameter("weight").shape
        laid = kernel.permute(3, 2, 0, 1) if len(shape) == 4 else kernel.flatten(1, 2).permute(2, 1, 0)
        convolution.get_parameter("weight").copy_(laid)
        convolution.get_parameter("bias").copy_(torch.tensor(weights[_name("conv2d", number) + "/bias"]))
        _norm(block.get_submodule("norm"), weights, number + 1)
    net.dense.weight.copy_(torch.tensor(weights["dense/kernel"].T))
    net.dense.bias.copy_(torch.tensor(weights["dense/bias"]))
    after = len(convolutions) + 1
    for number, norm in ((0, net.norm), (after, net.pooled_norm), (after + 1, net.dense_norm)):
        _norm(norm, weights, number)
    return net


def _norm(norm: nn.Module, weights: Weights, number: int) -> None:
    name = _name("batch_normalization", number)
    of = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    for part, published_part in of.items():
        values = getattr(norm, part)
        values.copy_(torch.tensor(weights[f"{name}/{published_part}"]))


def _name(kind: str, number: int) -> str:
    return kind if number == 0 else f"{kind}_{number}"
