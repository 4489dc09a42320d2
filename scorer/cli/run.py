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
    metavar="OUT",
    help="Where the cue sheet goes, in the format of its suffix: .csv, .json, .txt (Audacity's labels), .srt, .ffmeta "
    "(ffmpeg's chapters), .rpp (REAPER), .edl or .otio; default: CSV on stdout. May be given several times.",
    multiple=True,
)
@click.option(
    "--arc", type=click.Path(path_type=Path), metavar="CSV", help="Also write the trajectory, a row a window."
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    metavar="SHEET",
    help="A cue sheet of BOOK that you edited: cues with yes in the column lock stay as they are, track, start and "
    "borders; the rest is chosen anew around them.",
)
@click.option(
    "--settings",
    "wish_file",
    type=click.Path(path_type=Path),
    metavar="YAML",
    help="Pins, bans, leitmotifs and settings for BOOK; by default scorer.yaml beside it, if there is one. "
    "Options on the command line win over the file's.",
)
@index_option
@model_option
@settings_options
@json_option
def command(
    book: Path,
    output: tuple[Path, ...],
    arc: Path | None,
    keep: Path | None,
    wish_file: Path | None,
    index_folder: Path,
    model: str | None,
    as_json: bool,
    **settings: float,
) -> None:
    """Choose the music for BOOK (.epub, .txt, .md, .html, .fb2, or - for stdin) and write its cue sheet.

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
    from scorer.cli.scoring import score_at
    from scorer.cues.arc import write_arc
    from scorer.cues.formats import require_format, write_cues
    from scorer.cues.score import Desk
    from scorer.cues.sheet import format_cues
    from scorer.files import check_outputs

    check_outputs([*output, *([arc] if arc else [])], [book, *(path for path in (keep, wish_file) if path)])
    for target in output:
        require_format(target)
    score = score_at(Desk.open(index_folder, model), book, settings, keep, wish_file)
    if arc:
        write_arc(arc, score.passage)
    for target in output:
        write_cues(target, score.cues, score.passage.book.title)
    if as_json:
        import json

        click.echo(json.dumps([asdict(cue) for cue in score.cues], ensure_ascii=False))
    elif output:
        click.echo("\n".join(map(str, output)))
    else:
        click.echo(format_cues(score.cues), nl=False)
