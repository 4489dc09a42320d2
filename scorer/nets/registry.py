"""The models in the box: which there are, and their weights, checked at every load."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from scorer.emotion import SPACE
from scorer.errors import ModelError

REINSTALL = "reinstall scorer"


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of `registry.yaml`; `sha256` is that of `file`, `trained_on` names its data."""

    name: str
    file: str
    sha256: str
    dimensions: int
    licence: str
    trained_on: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that tell weights and emotion space: what an index remembers of its model."""
        return hashlib.sha256(f"{self.sha256} {SPACE}".encode()).hexdigest()[:16]


def models_folder() -> Traversable:
    """Return the folder of the data package `scorer.models`, or `models` beside the checkout's package."""
    try:
        folder = resources.files("scorer.models")
        if (folder / "registry.yaml").is_file():
            return folder
    except ModuleNotFoundError:
        pass
    return Path(__file__).resolve().parents[2] / "models"


@cache
def registry() -> dict[str, Entry]:
    """Return the models by name. Raises `ModelError` where the registry is missing or malformed."""
    path = models_folder() / "registry.yaml"
    try:
        rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
        return {row["name"]: Entry(**{**row, "trained_on": tuple(row["trained_on"])}) for row in rows}
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: the registry of models is missing or damaged; {REINSTALL}") from error


def entry(name: str) -> Entry:
    """Return a model's entry. Raises `ModelError` where there is none of that name."""
    known = registry()
    if name not in known:
        raise ModelError(f"no model '{name}' in the box; there are {', '.join(sorted(known))}")
    return known[name]


def load_weights(name: str) -> tuple[dict[str, Tensor], Entry]:
    """Return a model's tensors, as stored, and its entry; the file's SHA-256 is verified.

    Raises `ModelError` where the file is missing, differs from the registry's hash, or is no safetensors file.
    """
    found = entry(name)
    path = models_folder() / found.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: the weights of '{name}' are missing; {REINSTALL}") from error
    if hashlib.sha256(data).hexdigest() != found.sha256:
        raise ModelError(f"{path}: the weights of '{name}' are damaged (their SHA-256 differs); {REINSTALL}")
    try:
        return load(data), found
    except SafetensorError as error:
        raise ModelError(f"{path}: the weights of '{name}' cannot be read ({error}); {REINSTALL}") from error
