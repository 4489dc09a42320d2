"""From trained weights to `models/`: the file, and its entry in the registry."""

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from safetensors.torch import save_file
from torch import Tensor

from scorer.emotion import DIMENSIONS
from scorer.files import whole_file

MODELS: Final = Path(__file__).parents[1] / "models"


def export(
    name: str, weights: Mapping[str, Tensor], *, notes: Mapping[str, Any], licence: str, trained_on: Sequence[str]
) -> Path:
    """Write weights to models/NAME.safetensors, `notes` and the commit in its header, and enter it in the registry."""
    target = MODELS / f"{name}.safetensors"
    header = {"commit": _commit(), **{key: json.dumps(value) for key, value in notes.items()}}
    with whole_file(target) as part:
        save_file({key: tensor.contiguous() for key, tensor in weights.items()}, part, metadata=header)
    _register(
        {
            "name": name,
            "file": target.name,
            "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
            "dimensions": DIMENSIONS,
            "licence": licence,
            "trained_on": list(trained_on),
        }
    )
    return target


def _register(row: dict[str, Any]) -> None:
    path = MODELS / "registry.yaml"
    known = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {"models": []}
    others = [other for other in known["models"] if other["name"] != row["name"]]
    rows = sorted([*others, row], key=lambda entry: str(entry["name"]))
    with whole_file(path) as part:
        part.write_text(yaml.safe_dump({"models": rows}, sort_keys=False, allow_unicode=True, width=120), "utf-8")


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, cwd=MODELS, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"
