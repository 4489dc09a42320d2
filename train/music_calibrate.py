"""Temperatures of the two shipped heads (Guo et al. 2017), folded into their weights.

Mixing clips in training leaves a network less sure than it should be of one clip. The temperatures are fitted where
it has not been trained: on the held-out windows, against the targets that these would have had.
"""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from scorer.nets.mel import level_free
from scorer.nets.resnet import Heard, MusicNet
from train.music_cache import FloatArray
from train.music_targets import Targets

TEMPERATURES: Final = np.geomspace(0.25, 4.0, 81)
BATCH: Final = 16


@torch.inference_mode()
def hear(net: MusicNet, log_powers: NDArray[np.float16], beside: FloatArray, rows: NDArray[np.int64]) -> Heard:
    """Run the network over whole windows of cached log mel powers, and what it hears beside."""
    parts = []
    for index in np.array_split(rows, max(1, len(rows) // BATCH)):
        powers = torch.exp(torch.from_numpy(np.asarray(log_powers[index], dtype=np.float32)))
        parts.append(net(level_free(powers), torch.from_numpy(beside[index])))
    return Heard(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


@torch.no_grad()
def calibrate(
    net: MusicNet, log_powers: NDArray[np.float16], beside: FloatArray, rows: NDArray[np.int64], targets: Targets
) -> dict[str, float]:
    """Divide the two heads by the temperatures that fit the windows `rows` best; return the temperatures."""
    heard = hear(net, log_powers, beside, rows)
    moods, points = torch.from_numpy(targets.moods[rows]), torch.from_numpy(targets.valence_arousal[rows])
    found = {}
    for name, head, logits, truth in (
        ("moods", net.moods, heard.moods, moods),
        ("valence_arousal", net.valence_arousal, heard.valence_arousal, points),
    ):
        losses = [_loss(name, logits / t, truth) for t in TEMPERATURES.tolist()]
        best = float(TEMPERATURES[int(np.argmin(losses))])
        head.weight.div_(best)
        head.bias.div_(best)
        found[name] = round(best, 3)
    return found


def _loss(name: str, logits: Tensor, truth: Tensor) -> float:
    if name == "moods":
        return float(functional.cross_entropy(logits, truth))
    return float(functional.binary_cross_entropy_with_logits(logits, truth))
