"""`scorer run`: a book becomes a cue sheet."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scorer.cli.options import engine_options, json_option, scoring_options, settings_option

if TYPE_CHECKING:
    from scorer.book import Reading


@click.command()
@click.argument("books", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Where the cue sheet goes, in the format of its suffix: .csv, .json, .txt (Audacity's labels), .srt, .ffmeta "
    "(ffmpeg's chapters), .rpp (REAPER), .edl or .otio; default: CSV on stdout. May be given several times. "
    "For several books a folder.",
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
    output: tuple[Path, ...],
    arc: Path | None,
    report: Path | None,
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

    Of several BOOKS each gets a sheet, named after it, in the folder that -o names; a Ray cluster makes the same ones.

    \b
    scorer.yaml beside the book, all of it optional:
      pins:
        - {chapter: 3, track: market-morning.ogg}
        - {passage: "Down, down, down", track: silence}
      bans: {tracks: [jingle.mp3], albums: [], artists: [], moods: [funny]}
      leitmotifs:
        - {name: Mock Turtle, track: an-empty-chair.ogg}
        - {name: Queen, mood: angry}
      moods: {scary: -0.1}
      max-cue: 240
    """
    if len(books) > 1 or (output and output[0].is_dir()):
        if arc or report or keep or as_json or len(output) != 1:
            raise click.UsageError("for many books name one folder with -o, and no --arc, --report, --keep or --json")
        if output[0].suffix and not output[0].is_dir():
            raise click.UsageError(f"{output[0]}: looks like a file; for many books -o names a folder, as in -o cues/")
        from scorer.cli.many import Job, score_all

        score_all(books, output[0], Job(index_folder, model, reading, settings, wish_file, engine, address))
        return
    if engine == "ray":
        raise click.UsageError("one book is scored on one machine; --engine ray is for many, into a folder with -o")
    from scorer.cli.scoring import score_at
    from scorer.cues.arc import write_arc
    from scorer.cues.formats import require_format, write_cues
    from scorer.cues.score import Desk
    from scorer.cues.sheet import format_cues
    from scorer.files import check_outputs
    from scorer.page import write_page

    (book,) = books
    check_outputs(
        [*output, *(path for path in (arc, report) if path)], [book, *(path for path in (keep, wish_file) if path)]
    )
    for target in output:
        require_format(target)
    score = score_at(Desk.open(index_folder, model), book, settings, reading, keep, wish_file)
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
