"""The tag branch's weights, as musicnn's authors published them, and what it says of the windows of training.

They come from the package musicnn (Pons and Serra 2019, ISC licence; `pip install --no-deps musicnn`), as a TensorFlow
checkpoint.
"""

import hashlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from scorer.errors import DatasetError
from scorer.files import whole_file
from scorer.nets import tag_net
from scorer.nets.tag_net import TAGS, TagNet
from scorer.progress import progress_bar
from train.music_cache import FloatArray, Windows, audio_path, decoded, window
from train.tf_checkpoint import read_checkpoint

MODEL: Final = "MSD_musicnn"
Weights = Mapping[str, NDArray[np.float32]]


def published() -> TagNet:
    """Return the branch with its authors' weights. Raises `DatasetError` where their package is missing."""
    spec = find_spec("musicnn")
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise DatasetError("the package musicnn, whose weights are needed, is missing; pip install --no-deps musicnn")
    return filled(read_checkpoint(Path(places[0]) / MODEL))


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


def tags_of(branch: TagNet, windows: Windows, music: Path, debian: Path | None, runs: Path) -> FloatArray:
    """Return what the branch says of all windows, (n, TAGS); make it under `runs` at the first call."""
    made_by = (MODEL, tag_net.PATCHES, tag_net.STEP, windows.clips.tolist(), windows.offsets.tolist())
    target = runs / f"music-tags-{hashlib.sha256(repr(made_by).encode()).hexdigest()[:12]}.npy"
    if not target.exists():
        made = _hear_windows(branch, windows, music, debian)
        with whole_file(target) as part:
            np.save(part, made)
    return np.load(target)  # type: ignore[no-any-return]


@torch.inference_mode()
def _hear_windows(branch: TagNet, windows: Windows, music: Path, debian: Path | None) -> FloatArray:
    made = np.empty((len(windows.clips), TAGS), np.float32)
    names = list(dict.fromkeys(windows.clips.tolist()))
    with progress_bar(len(names), "hearing tags", "file") as bar:
        for name, samples in zip(names, decoded([audio_path(name, music, debian) for name in names]), strict=True):
            rows = np.flatnonzero(windows.clips == name)
            for some in np.array_split(rows, len(rows) // 8 + 1):
                cut = np.stack([window(samples, offset) for offset in windows.offsets[some]])
                made[some] = branch(torch.from_numpy(cut)).numpy()
            bar.update()
    return made
