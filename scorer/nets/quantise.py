"""Weights in a quarter of their size: matrices as 8-bit integers with a scale a row, the rest as it is."""

from typing import Final

import torch
from torch import Tensor

_SCALE: Final = ".scale"


def quantised(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors to store: each float matrix (n, m) becomes int8 (n, m) and float32 scales (n, 1)."""
    stored: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        if tensor.ndim == 2 and tensor.is_floating_point():
            scale = (tensor.abs().amax(dim=1, keepdim=True) / 127.0).clamp(min=1e-12).float()
            stored[name] = torch.round(tensor.float() / scale).to(torch.int8)
            stored[name + _SCALE] = scale
        else:
            stored[name] = tensor.float() if tensor.is_floating_point() else tensor
    return stored


def restored(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the float32 weights of what `quantised` made."""
    return {
        name: tensor.float() * stored[name + _SCALE] if name + _SCALE in stored else tensor
        for name, tensor in stored.items()
        if not name.endswith(_SCALE)
    }
