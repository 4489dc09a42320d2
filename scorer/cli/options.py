"""Options that several commands share."""

import functools
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from scorer.cues.settings import CHOICES, SETTING_DEFAULTS
from scorer.files import default_index

F = TypeVar("F", bound=Callable[..., Any])


def with_options(function: F, options: Sequence[Callable[[F], F]]) -> F:
    """Add options to a command, which its help lists in this order."""
    for option in reversed(options):
        function = option(function)
    return function


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


def engine_options(function: F) -> F:
    """Add `--engine` and `--address`, passed on as `engine` and `address`."""

    @functools.wraps(function)
    def wrapped(*args: Any, engine: str, address: str | None, **options: Any) -> Any:
        if address and engine != "ray":
            raise click.UsageError("--address is that of a Ray cluster; give --engine ray with it")
        return function(*args, engine=engine, address=address, **options)

    which = click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        default="local",
        show_default=True,
        help="Where the work is done: on this machine, or on a Ray cluster, whose machines reach the same files by the "
        "same paths.",
    )
    where = click.option(
        "--address",
        metavar="ADDRESS",
        default=None,
        help="The Ray cluster.  [default: $RAY_ADDRESS, else one that runs here, else one for this run]",
    )
    return cast(F, which(where(wrapped)))


def reading_options(function: F) -> F:
    """Add `--include NAME` and `--lang TAG`, passed on together as `reading`, a `scorer.book.Reading`."""

    @functools.wraps(function)
    def wrapped(*args: Any, include: tuple[str, ...], language: str, **options: Any) -> Any:
        from scorer.book import Reading

        return function(*args, reading=Reading(include, language), **options)

    language = click.option(
        "--lang",
        "language",
        type=Tag(),
        default="",
        metavar="TAG",
        help="The book's language, as en or fr-CA, where its file or a warning is wrong.  [default: as the book says]",
    )
    include = click.option(
        "--include",
        multiple=True,
        metavar="NAME",
        help="Read what would be left out: a document by its file or title, or all of a kind, as notes. May be given "
        "several times; a cue sheet counts the sentences of what was read, so render needs the same.",
    )
    return cast(F, include(language(wrapped)))


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


def scoring_options(function: F) -> F:
    """Add the options of all commands that score a book: index, model, reading and settings."""
    return index_option(model_option(reading_options(settings_options(function))))


class Tag(click.ParamType):  # type: ignore[type-arg]  # generic in click's newest alone
    """A language tag (BCP 47), as en or en-GB."""

    name = "tag"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the tag, or fail with a usage error."""
        if value and not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*", str(value)):
            self.fail(f"{value!r} is no language tag such as en or fr-CA.", param, ctx)
        return str(value).replace("_", "-")


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
