"""Options that several commands share."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from scorer.cues.settings import CHOICES, SETTING_DEFAULTS
from scorer.files import default_index

F = TypeVar("F", bound=Callable[..., Any])


def index_option(function: F) -> F:
    """Add `--index DIR`, passed on as `index_folder`; the default is `scorer.files.default_index`."""
    return click.option(
        "--index",
        "index_folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=default_index,
        show_default="$SCORER_INDEX, else the user's data folder",
        metavar="DIR",
        help="The index folder.",
    )(function)


def model_option(function: F) -> F:
    """Add `--model NAME`; without it the index's own, or the default pair's."""
    return click.option(
        "--model",
        metavar="NAME",
        default=None,
        help="The pair of models: a name that `scorer models` lists, or a folder of your own.  [default: the index's]",
    )(function)


def json_option(function: F) -> F:
    """Add `--json`, passed on as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(function)


def settings_option(function: F) -> F:
    """Add `--settings YAML`, passed on as `wish_file`."""
    return click.option(
        "--settings",
        "wish_file",
        type=click.Path(path_type=Path),
        metavar="YAML",
        help="Pins, bans, leitmotifs and settings for BOOK; by default scorer.yaml beside it, if there is one. "
        "Options on the command line win over the file's.",
    )(function)


class Number(click.FloatRange):
    """A finite number within bounds: float() also takes "nan", which lies in every range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or fail with a usage error."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def settings_options(function: F) -> F:
    """Add the options of `scorer.cues.score.Settings` that a user sets, passed on by their field's name."""
    for choice in reversed(CHOICES):
        whole = choice.kind is int
        bounds = click.IntRange(int(choice.low), int(choice.high)) if whole else Number(choice.low, choice.high)
        default = SETTING_DEFAULTS[choice.field]
        shown: bool | str = "none" if default == math.inf else True
        function = click.option(
            f"--{choice.name}", choice.field, type=bounds, default=default, show_default=shown, help=choice.text
        )(function)
    return function
