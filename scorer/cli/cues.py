"""`scorer cues`: what a person does with a cue sheet."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scorer.cli.options import json_option, reading_options

if TYPE_CHECKING:
    from scorer.book import Reading


@click.group(name="cues")
def command() -> None:
    """Look after a cue sheet that was edited."""


@command.command(name="check")
@click.argument("cues", type=click.Path(path_type=Path))
@click.argument("book", type=click.Path(path_type=Path))
@reading_options
@json_option
def check(cues: Path, book: Path, reading: "Reading", as_json: bool) -> None:
    """Say what is off in CUES, a cue sheet of BOOK as .csv, .json or .otio: all of it, with line numbers,
    and in JSON with paths such as cues[3].start_s, counted from 0.

    The exit status is 0 where all is well, 2 where something is off.
    """
    from scorer.book import read_book
    from scorer.cues.check import problems_of

    problems = problems_of(cues, read_book(book, reading))
    if as_json:
        click.echo(json.dumps(problems, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(problem)
    click.echo(f"{cues}: {len(problems) or 'nothing'} off", err=True)
    if problems:
        raise SystemExit(2)


@command.command(name="schema")
def schema() -> None:
    """Print the JSON Schema of a cue sheet in JSON."""
    from importlib import resources

    click.echo((resources.files("scorer.cues") / "cue-sheet.schema.json").read_text(encoding="utf-8"), nl=False)
