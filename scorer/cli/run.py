"""`scorer run`: a book becomes a cue sheet."""

from dataclasses import asdict
from pathlib import Path

import click

from scorer.cli.options import index_option, json_option, model_option, settings_options


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="Where the cue sheet goes; default: stdout.",
)
@click.option(
    "--arc", type=click.Path(path_type=Path), metavar="CSV", help="Also write the trajectory, a row a window."
)
@index_option
@model_option
@settings_options
@json_option
def command(
    book: Path,
    output: Path | None,
    arc: Path | None,
    index_folder: Path,
    model: str | None,
    as_json: bool,
    **settings: float,
) -> None:
    """Choose the music for BOOK (.epub, .txt or .md) and write its cue sheet."""
    from scorer.cli.scoring import score_with_progress
    from scorer.cues.arc import write_arc
    from scorer.cues.sheet import format_cues, write_cues
    from scorer.files import check_outputs

    check_outputs([target for target in (output, arc) if target], [book])
    score = score_with_progress(book, index_folder, settings, model)
    if arc:
        write_arc(arc, score.passage)
    if output:
        write_cues(output, score.cues)
    if as_json:
        import json

        click.echo(json.dumps([asdict(cue) for cue in score.cues], ensure_ascii=False))
    elif output:
        click.echo(str(output))
    else:
        click.echo(format_cues(score.cues), nl=False)
