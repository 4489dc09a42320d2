"""From trained weights to `models/`: the file, and its entry in the registry."""

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from safetensors.torch import save
from torch import Tensor

from scorer.emotion import DIMENSIONS
from scorer.files import whole_file
from scorer.nets.registry import FORMAT

MODELS: Final = Path(__file__).parents[1] / "models"


def export(
    name: str,
    weights: Mapping[str, Tensor],
    *,
    notes: Mapping[str, Any],
    licence: str,
    trained_on: Sequence[str],
    place: tuple[str, str] | None = None,
    folder: Path = MODELS,
) -> Path:
    """Write weights to FOLDER/NAME.safetensors, `notes` and the commit in its header, and enter it in the registry.

    `place` is the pair that the model belongs to and its part there, "text" or "music".
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.safetensors"
    header = {"format": str(FORMAT), "commit": _commit(), **{key: json.dumps(value) for key, value in notes.items()}}
    with whole_file(target) as part:
        part.write_bytes(_ordered(save({key: tensor.contiguous() for key, tensor in weights.items()}, header)))
    _register(
        folder / "registry.yaml",
        {
            "name": name,
            "file": target.name,
            "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
            "dimensions": DIMENSIONS,
            "licence": licence,
            "trained_on": list(trained_on),
        },
        place,
    )
    return target


def _ordered(data: bytes) -> bytes:
    """Sort the header of a safetensors file, whose order is chance, so that the same weights give the same bytes."""
    size = int.from_bytes(data[:8], "little")
    header = json.dumps(json.loads(data[8 : 8 + size]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[8 + size :]


def _register(path: Path, row: dict[str, Any], place: tuple[str, str] | None) -> None:
    known = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {"models": []}
    others = [other for other in known["models"] if other["name"] != row["name"]]
    rows = sorted([*others, row], key=lambda entry: str(entry["name"]))
    pairs = known.get("pairs", {})
    if place is not None:
        pairs.setdefault(place[0], {})[place[1]] = row["name"]
    with whole_file(path) as part:
        content = {"models": rows, **({"pairs": pairs} if pairs else {})}
        part.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120), "utf-8")


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, cwd=MODELS, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"
