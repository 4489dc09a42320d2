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
from scorer.nets.tag_net import EPSILON, MIDDLE, TagNet
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
NOTHING: Final = 1e-4  # length of the kernel of a filter that hears nothing; those that hear have 0.001 and more
Weights = Mapping[str, NDArray[np.float32]]
Mask = NDArray[np.bool_]


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
    """Return the branch with the weights of musicnn's checkpoint.

    Raises `DatasetError` where other filters hear something than those that the branch has room for.
    """
    net = TagNet()
    fronts, dead = [*net.timbral, *net.temporal], np.zeros(0)  # what filters that hear nothing say; NaN of the others
    for number, block in enumerate(fronts):
        kernel = weights[_name("conv2d", number) + "/kernel"]
        heard = np.linalg.norm(kernel.reshape(-1, kernel.shape[-1]), axis=0) > NOTHING
        if heard.sum() != len(block.get_submodule("convolution").get_parameter("weight")):
            raise DatasetError(f"{MODEL}: {heard.sum()} filters of layer {number} hear something, which is unexpected")
        _convolution(block, weights, number, of=heard)
        factor, shift = _affine(weights, number + 1)
        constant = np.maximum(weights[_name("conv2d", number) + "/bias"], 0.0) * factor + shift
        dead = np.append(dead, np.where(heard, np.nan, constant))
    live = np.isnan(dead)
    for number, block in enumerate(net.middle, len(fronts)):
        _convolution(block, weights, number, of_input=live if number == len(fronts) else None)
    after = len(fronts) + len(net.middle) + 1
    _norm(net.norm, weights, 0)
    _norm(net.dense_norm, weights, after + 1)
    # pooled are two numbers a channel: those of the dead are constants, which go into the bias
    pooled = np.repeat(np.append(live, np.ones(sum(MIDDLE[1:]), np.bool_)), 2)
    _norm(net.pooled_norm, weights, after, of=pooled)
    factor, shift = _affine(weights, after)
    constants = (np.repeat(np.nan_to_num(dead), 2) * factor[: 2 * len(dead)] + shift[: 2 * len(dead)])[
        ~np.repeat(live, 2)
    ]
    dense = weights["dense/kernel"]
    net.dense.weight.copy_(torch.tensor(dense[pooled].T))
    net.dense.bias.copy_(torch.tensor(weights["dense/bias"] + constants @ dense[~pooled]))
    return net


def _convolution(
    block: nn.Module, weights: Weights, number: int, of: Mask | None = None, of_input: Mask | None = None
) -> None:
    every = slice(None)
    kept = every if of is None else of
    published_kernel = weights[_name("conv2d", number) + "/kernel"]  # (time, pitch or channels in, 1, channels)
    kernel = torch.tensor(published_kernel[:, every if of_input is None else of_input][..., kept])
    convolution = block.get_submodule("convolution")
    # those over pitch keep both axes; of the others one is 1 long
    shape = convolution.get_parameter("weight").shape
    laid = kernel.permute(3, 2, 0, 1) if len(shape) == 4 else kernel.flatten(1, 2).permute(2, 1, 0)
    convolution.get_parameter("weight").copy_(laid)
    convolution.get_parameter("bias").copy_(torch.tensor(weights[_name("conv2d", number) + "/bias"][kept]))
    _norm(block.get_submodule("norm"), weights, number + 1, of=of)


def _affine(weights: Weights, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the factor and the summand of a batch norm."""
    name = _name("batch_normalization", number)
    factor = weights[f"{name}/gamma"] / np.sqrt(weights[f"{name}/moving_variance"] + EPSILON)
    return factor, weights[f"{name}/beta"] - weights[f"{name}/moving_mean"] * factor


def _norm(norm: nn.Module, weights: Weights, number: int, of: Mask | None = None) -> None:
    name = _name("batch_normalization", number)
    parts = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    for part, published_part in parts.items():
        values = weights[f"{name}/{published_part}"]
        getattr(norm, part).copy_(torch.tensor(values if of is None else values[of]))


def _name(kind: str, number: int) -> str:
    return kind if number == 0 else f"{kind}_{number}"
