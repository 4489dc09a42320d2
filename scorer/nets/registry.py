"""The models in the box and the user's own: which there are, and their weights, checked at every load.

A folder of models has a `registry.yaml`: `models`, one entry a file of weights, and `pairs`, which name a text and a
music encoder that go together. A user's own folder, as `python -m train fit` writes it, is one pair. An encoder that
a pair lacks is that of the default pair.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import yaml
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from scorer.emotion import SPACE
from scorer.errors import ModelError, OwnModelError

DEFAULT_PAIR: Final = "default"
FORMAT: Final = 1  # of the weights' files; a header's `format` beyond it was written by a newer scorer
MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of a `registry.yaml`; `sha256` is that of `file`, `trained_on` names its data."""

    name: str
    file: str
    sha256: str
    dimensions: int
    licence: str
    trained_on: tuple[str, ...]
    folder: Traversable = field(repr=False, compare=False)

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that tell weights and emotion space: what an index remembers of its model."""
        return hashlib.sha256(f"{self.sha256} {SPACE}".encode()).hexdigest()[:16]

    @property
    def card(self) -> Traversable:
        """The model's card."""
        return self.folder / f"{self.name}.md"

    def refused(self, why: str) -> ModelError | OwnModelError:
        """Return the error that says why these weights are not loaded."""
        return _error(self.folder, f"{self.folder / self.file}: the weights of '{self.name}' {why}")


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and a music encoder that go together; `name` is what `--model` takes."""

    name: str
    text: Entry
    music: Entry


def models_folder() -> Traversable:
    """Return the folder of the data package `scorer.models`, or `models` beside the checkout's package."""
    try:
        folder = resources.files("scorer.models")
        if (folder / "registry.yaml").is_file():
            return folder
    except ModuleNotFoundError:
        pass
    return Path(__file__).resolve().parents[2] / "models"


def registry() -> dict[str, Entry]:
    """Return the models in the box by name. Raises `ModelError` where the registry is missing or malformed."""
    return _read(models_folder())[0]


def pairs() -> dict[str, Pair]:
    """Return the pairs in the box by name. Raises `ModelError` where the registry is missing or malformed."""
    entries, rows = _read(models_folder())
    try:
        whole = {name: {**rows[DEFAULT_PAIR], **row} for name, row in rows.items()}
        return {name: Pair(name, entries[row["text"]], entries[row["music"]]) for name, row in whole.items()}
    except (KeyError, TypeError) as error:
        raise _damaged(models_folder()) from error


def entry(name: str) -> Entry:
    """Return the entry of a model in the box. Raises `ModelError` where there is none of that name."""
    known = registry()
    if name not in known:
        raise ModelError(f"no model '{name}' in the box; there are {', '.join(sorted(known))}")
    return known[name]


def pair(model: str = DEFAULT_PAIR) -> Pair:
    """Return a pair by its name in the box, or from a folder of the user's own.

    Raises `OwnModelError` where `model` is neither, or its folder's registry cannot be read, and `ModelError` where
    the box's cannot.
    """
    known = pairs()
    if model in known:
        return known[model]
    folder = Path(model)
    if not (folder / "registry.yaml").is_file():
        raise OwnModelError(
            f"{model}: neither a pair in the box ({', '.join(known)}) nor a folder with a registry.yaml; "
            f"`scorer models` lists what there is"
        )
    entries, _ = _read(folder)
    if not entries.keys() & {"text", "music"}:
        raise OwnModelError(f"{folder / 'registry.yaml'}: names no model called text or music")
    other = known[DEFAULT_PAIR]
    return Pair(str(folder.resolve()), entries.get("text", other.text), entries.get("music", other.music))


def load_weights(found: Entry) -> dict[str, Tensor]:
    """Return a model's tensors, as stored; the file's SHA-256 and its format are verified.

    Raises `ModelError`, for a user's own model `OwnModelError`, where the file is missing, differs from the registry's
    hash, is no safetensors file or was written by a newer scorer.
    """
    try:
        data = (found.folder / found.file).read_bytes()
    except OSError as error:
        raise found.refused("are missing") from error
    if hashlib.sha256(data).hexdigest() != found.sha256:
        raise found.refused("are damaged (their SHA-256 differs)")
    if (version := _format(data)) > FORMAT:
        raise found.refused(f"were made by a newer scorer (format {version}; this one reads up to {FORMAT})")
    try:
        return load(data)
    except SafetensorError as error:
        raise found.refused(f"cannot be read ({error})") from error


def fill(net: nn.Module, weights: Mapping[str, Tensor], found: Entry) -> None:
    """Put weights into a network.

    Raises as `load_weights` where tensors are missing, unknown, of another shape or not finite, and names them.
    """
    wanted = {name: value for name, value in net.state_dict().items() if not name.endswith("num_batches_tracked")}
    odd = {
        "missing": wanted.keys() - weights.keys(),
        "unknown": weights.keys() - wanted.keys(),
        "of another shape": {k for k in wanted.keys() & weights.keys() if wanted[k].shape != weights[k].shape},
        "not finite": {k for k, value in weights.items() if not bool(value.isfinite().all())},
    }
    wrong = [f"{_some(names)} {what}" for what, names in odd.items() if names]
    if wrong:
        raise found.refused(f"do not fit the network: {'; '.join(wrong)}")
    net.load_state_dict(dict(weights), strict=False)


def _some(names: set[str]) -> str:
    some = ", ".join(sorted(names)[:MOST_NAMED])
    return some if len(names) <= MOST_NAMED else f"{some} and {len(names) - MOST_NAMED} more"


def _format(data: bytes) -> int:
    """Return the format in a safetensors header; 1 where it says none or is no header."""
    try:
        size = int.from_bytes(data[:8], "little")
        return int(json.loads(data[8 : 8 + size]).get("__metadata__", {}).get("format", 1))
    except (ValueError, AttributeError):
        return 1


def _read(folder: Traversable) -> tuple[dict[str, Entry], Mapping[str, Any]]:
    try:
        content = yaml.safe_load((folder / "registry.yaml").read_text(encoding="utf-8"))
        rows = [{**row, "trained_on": tuple(row["trained_on"]), "folder": folder} for row in content["models"]]
        return {row["name"]: Entry(**row) for row in rows}, dict(content.get("pairs", {}))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise _damaged(folder) from error


def _damaged(folder: Traversable) -> ModelError | OwnModelError:
    return _error(folder, f"{folder / 'registry.yaml'}: the registry of models is missing or damaged")


def _error(folder: Traversable, what: str) -> ModelError | OwnModelError:
    if folder == models_folder():
        return ModelError(f"{what}; reinstall scorer")
    return OwnModelError(f"{what}; make that model again")
