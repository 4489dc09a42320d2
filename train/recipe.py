"""Recipes: YAML files, each whole or a base and the lines that differ from it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
import yaml

RECIPES: Final = Path(__file__).parent / "recipes"
RUNS: Final = Path(__file__).parents[1] / "runs"  # checkpoints and histories


def read_recipe(path: Path) -> dict[str, Any]:
    """Return a recipe; where it names a `base`, a file beside it, that one with the lines that differ.

    Raises `click.ClickException` where the file is missing or no recipe, or has a line that its base lacks.
    """
    try:
        own = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise click.ClickException(f"{path}: no recipe that can be read: {error}") from error
    if not isinstance(own, dict):
        raise click.ClickException(f"{path}: a recipe is a mapping of names to values")
    if "base" not in own:
        return own
    base = read_recipe(path.parent / str(own.pop("base")))
    if unknown := set(own) - set(base):
        raise click.ClickException(f"{path}: unknown lines {', '.join(sorted(unknown))}")
    return {**base, **{key: _changed(base[key], value) for key, value in own.items()}}


def _changed(old: Any, new: Any) -> Any:
    """Return a mapping with its changed lines, at every depth; of anything else the new."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    return {**old, **{key: _changed(old.get(key), value) for key, value in new.items()}}
