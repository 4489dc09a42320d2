"""`scorer run`: a book becomes a cue sheet."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scorer.cli.options import engine_options, json_option, scoring_options, settings_option
from scorer.cli.outputs import Outputs, output_options
from scorer.files import check_outputs

if TYPE_CHECKING:
    from scorer.book import Reading
    from scorer.cues.score import Score


@click.command()
@click.argument("books", type=click.Path(path_type=Path), nargs=-1, required=True)
@output_options
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    metavar="SHEET",
    help="A cue sheet of BOOK that you edited: cues with yes in the column lock stay as they are, track, start and "
    "borders; the rest is chosen anew around them.",
)
@settings_option
@scoring_options
@engine_options
@json_option
def command(
    books: tuple[Path, ...],
    asked: Outputs,
    keep: Path | None,
    wish_file: Path | None,
    index_folder: Path,
    model: str | None,
    reading: "Reading",
    as_json: bool,
    engine: str,
    address: str | None,
    **settings: float,
) -> None:
    """Choose the music for a book (.epub, .txt, .md, .html, .fb2, or - for stdin) and write its cue sheet.

    Of several BOOKS each gets a sheet, named after it, in the folder that -o names; {book} in the name of any output
    stands for the name of each. A Ray cluster makes the same ones.

    \b
    scorer.yaml beside the book, all of it optional:
      pins: [{chapter: 3, track: market-morning.ogg}, {passage: "Down, down, down", track: silence}]
      bans: {tracks: [jingle.mp3], albums: [], artists: [], moods: [funny]}
      leitmotifs: [{name: Mock Turtle, track: an-empty-chair.ogg}, {name: Queen, mood: angry}]
      moods: {scary: -0.1}
      max-cue: 240
    """
    many = len(books) > 1 or asked.many
    if many and (keep or as_json or not asked.sheets):
        raise click.UsageError("for many books name a folder with -o, and no --keep or --json")
    if not many and engine == "ray":
        raise click.UsageError("one book is scored on one machine; --engine ray is for many, into a folder with -o")
    outputs = _settled(asked.for_many() if many else asked, books, keep, wish_file)
    if many:
        from scorer.cli.many import Job, score_all

        score_all(books, outputs, Job(index_folder, model, reading, settings, wish_file, engine, address))
        return
    from scorer.cli.scoring import score_at
    from scorer.cues.score import Desk

    scored = score_at(Desk.open(index_folder, model), books[0], settings, reading, keep, wish_file)
    outputs[0].write(scored)
    _tell(scored, outputs[0], as_json)


def _settled(asked: Outputs, books: Sequence[Path], *given: Path | None) -> list[Outputs]:
    """Return the outputs of each book, in folders that are there. Raises `UserError` where one could not be written."""
    asked.require_formats()
    outputs = [asked.of(book) for book in books]
    if asked.many:
        for one in outputs:
            one.make_folders()
    check_outputs([path for one in outputs for path in one.paths], [*books, *filter(None, given)])
    return outputs


def _tell(score: "Score", outputs: Outputs, as_json: bool) -> None:
    """Print the names of the cue sheets, or where there are none the sheet itself."""
    if as_json:
        import json

        click.echo(json.dumps([asdict(cue) for cue in score.cues], ensure_ascii=False))
    elif outputs.sheets:
        click.echo("\n".join(map(str, outputs.sheets)))
    else:
        from scorer.cues.sheet import format_cues

        click.echo(format_cues(score.cues), nl=False)
