"""`scorer run`: a book becomes a cue sheet."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scorer.cli.options import index_option, json_option, model_option, reading_options, settings_options

if TYPE_CHECKING:
    from scorer.book import Reading


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Where the cue sheet goes, in the format of its suffix: .csv, .json, .txt (Audacity's labels), .srt, .ffmeta "
    "(ffmpeg's chapters), .rpp (REAPER), .edl or .otio; default: CSV on stdout. May be given several times.",
    multiple=True,
)
@click.option(
    "--arc", type=click.Path(path_type=Path), metavar="CSV", help="Also write the trajectory, a row a window."
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="HTML",
    help="Also write a page for a browser: the arc, and the cues to hear, to change and to save.",
)
@index_option
@model_option
@reading_options
@settings_options
@json_option
def command(
    book: Path,
    output: tuple[Path, ...],
    arc: Path | None,
    report: Path | None,
    index_folder: Path,
    model: str | None,
    reading: "Reading",
    as_json: bool,
    **settings: float,
) -> None:
    """Choose the music for BOOK (.epub, .txt, .md, .html, .fb2, or - for stdin) and write its cue sheet."""
    from scorer.cli.scoring import score_with_progress
    from scorer.cues.arc import write_arc
    from scorer.cues.formats import require_format, write_cues
    from scorer.cues.sheet import format_cues
    from scorer.files import check_outputs
    from scorer.page import write_page

    check_outputs([*output, *([arc] if arc else []), *([report] if report else [])], [book])
    for target in output:
        require_format(target)
    score = score_with_progress(book, index_folder, settings, model, reading=reading)
    if arc:
        write_arc(arc, score.passage)
    if report:
        write_page(report, score)
    for target in output:
        write_cues(target, score.cues, score.passage.book.title)
    if as_json:
        import json

        click.echo(json.dumps([asdict(cue) for cue in score.cues], ensure_ascii=False))
    elif output:
        click.echo("\n".join(map(str, output)))
    else:
        click.echo(format_cues(score.cues), nl=False)
