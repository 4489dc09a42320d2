"""The shipped heads of a trained music network, fitted anew.

Heads that are trained with the network, on mixed and masked clips, are less sure of people's labels than a linear model
of the finished features, whose penalty keeps it from the artists it knows.
"""

from collections.abc import Callable, Mapping
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorer.nets.resnet import MusicNet
from train.music_targets import Targets

ITERATIONS: Final = 100
SMALLEST: Final = 1e-4  # deviation of a feature that hardly ever moves


def refit(net: MusicNet, features: Tensor, targets: Targets, penalties: Mapping[str, float]) -> None:
    """Fit the heads of moods and of valence and arousal to features (n, FEATURES) of whole training windows.

    Row i of `targets` belongs to row i of the features. `penalties`: of the sum of squares of each head's weights, the
    features being standardised.
    """
    mean, deviation = features.mean(dim=0), features.std(dim=0) + SMALLEST
    standard = (features - mean) / deviation
    moods, points = torch.from_numpy(targets.moods), torch.from_numpy(targets.valence_arousal)
    losses: Mapping[str, Callable[[Tensor], Tensor]] = {
        "moods": lambda said: functional.cross_entropy(said, moods),
        "valence_arousal": lambda said: functional.binary_cross_entropy_with_logits(said, points),
    }
    for name, loss in losses.items():
        _fit(net.get_submodule(name), standard, loss, penalties[name], mean, deviation)


def _fit(
    head: nn.Module, x: Tensor, loss: Callable[[Tensor], Tensor], penalty: float, mean: Tensor, deviation: Tensor
) -> None:
    weight, bias = head.get_parameter("weight"), head.get_parameter("bias")
    fresh = nn.Linear(x.shape[1], len(bias))
    nn.init.zeros_(fresh.weight)
    nn.init.zeros_(fresh.bias)
    optimiser = torch.optim.LBFGS(fresh.parameters(), max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        total = loss(fresh(x)) + penalty * fresh.weight.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        weight.copy_(fresh.weight / deviation)
        bias.copy_(fresh.bias - weight @ mean)
