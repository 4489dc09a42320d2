"""Metric learning: cosine triplets with distance-weighted negatives (Won et al. 2021, eq. 2 to 4; Wu et al. 2017)."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

MARGIN: Final = 0.4
NEAREST: Final = 0.5  # distances below it count as this, so that noise does not make all the negatives (Wu et al., 4.1)
FARTHEST: Final = 1.4  # negatives beyond it lose nothing any more


def triplet_loss(anchors: Tensor, others: Tensor, matches: Tensor) -> Tensor:
    """Return the mean of max(0, margin - cos(anchor, positive) + cos(anchor, negative)) over `anchors` (n, d).

    `matches` (n, m) is true where one of `others` (m, d) is a positive of an anchor; of those one is drawn evenly, of
    the rest one by distance. Anchors that lack either are left out; where all do, the loss is zero.
    """
    a, b = functional.normalize(anchors, dim=1), functional.normalize(others, dim=1)
    usable = matches.any(dim=1) & ~matches.all(dim=1)
    if not usable.any():
        return (anchors * 0.0).sum()
    a, matches = a[usable], matches[usable]
    cosines = a @ b.T
    positive = torch.multinomial(matches.float(), 1)
    negative = torch.multinomial(negative_weights(cosines.detach(), ~matches, anchors.shape[1]), 1)
    return functional.relu(MARGIN - cosines.gather(1, positive) + cosines.gather(1, negative)).mean()


def negative_weights(cosines: Tensor, negatives: Tensor, width: int) -> Tensor:
    """Return weights (n, m) that draw negatives evenly over distance (Wu et al. 2017, eq. 3 and section 4.1).

    The density of distances d between points spread evenly on a sphere of `width` dimensions is proportional to
    d^(width - 2) (1 - d^2 / 4)^((width - 3) / 2); weights are its inverse.
    """
    distances = (2.0 - 2.0 * cosines).clamp_min(0.0).sqrt().clamp(min=NEAREST, max=1.99)
    density = (width - 2.0) * distances.log() + (width - 3.0) / 2.0 * (1.0 - distances.square() / 4.0).log()
    density = density.masked_fill(~negatives, torch.inf)
    weights = torch.exp(density.amin(dim=1, keepdim=True) - density) * (distances < FARTHEST)
    return torch.where(weights.sum(dim=1, keepdim=True) > 0.0, weights, negatives.float())
