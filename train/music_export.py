"""From a trained music network to `models/`: weights in half precision, with all that they were made by."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from train.export import export


def export_music(net: nn.Module, settings: Mapping[str, Any], *, temperatures: Mapping[str, float], run: Path) -> Path:
    """Write the network to models/ and the registry; the header holds recipe, temperatures and history."""
    # which sounds are music is learned after the rest, by `python -m train sounds`; until then all are
    torch.nn.init.zeros_(net.get_parameter("music.weight"))
    torch.nn.init.ones_(net.get_parameter("music.bias"))
    history = [json.loads(line) for line in (run / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    return export(
        settings["name"],
        {name: _stored(x) for name, x in net.state_dict().items() if not name.endswith("num_batches_tracked")},
        notes={"recipe": settings, "temperatures": temperatures, "history": history},
        licence=settings["licence"],
        trained_on=settings["trained_on"],
        place=(settings["pair"], "music"),
    )


def _stored(tensor: Tensor) -> Tensor:
    # vectors are few, and a normalisation's variance may leave the range of half precision
    return tensor.to(torch.float16 if tensor.dim() > 1 else torch.float32)
