"""`scorer preview`: a stretch of a mix, at once."""

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scorer.cli.mixing import clock_at_once, mix_options, mix_settings, open_narration, read_sheet, scored_now
from scorer.cli.options import Number, scoring_options

if TYPE_CHECKING:
    from scorer.book import Reading
    from scorer.clock import Clock
    from scorer.mix.layout import Layout
    from scorer.mix.plan import MixSettings


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in click's newest alone
    """A time in the narration: 750, 12:30, 1:02:03.5."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds, or fail with a usage error."""
        if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d+)?", str(value)):
            self.fail(f"{value!r} is no time such as 12:30 or 750.", param, ctx)
        seconds = 0.0
        for part in str(value).split(":"):
            seconds = 60.0 * seconds + float(part)
        return seconds


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.option("--at", "at_s", type=Moment(), required=True, metavar="TIME", help="Where in the narration, as 12:30.")
@click.option("--seconds", type=Number(1, 600), default=40.0, show_default=True, help="How long.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The sound file; default: the narration's name with -preview, here, as .wav.",
)
@mix_options
@scoring_options
def command(
    book: Path,
    narration: Path | None,
    at_s: float,
    seconds: float,
    output: Path | None,
    sheet: Path | None,
    clock: Any,
    alignment: Path | None,
    force: bool,
    index_folder: Path,
    model: str | None,
    reading: "Reading",
    **settings: Any,
) -> None:
    """Mix just a stretch of the NARRATION of BOOK, to hear how music and levels suit.

    Nothing is listened to but that stretch: times are taken from a media overlay, a file, or what an earlier render of
    the narration has found; else they are guessed by position, and the music may come earlier or later than in the
    render. The speech's level is that of the stretch.
    """
    from scorer.audio.encode import require_output_format
    from scorer.files import check_outputs
    from scorer.mix.layout import excerpt
    from scorer.mix.narration import read_narration

    mix = mix_settings(settings)
    if output:
        require_output_format(output)
    with tempfile.TemporaryDirectory(prefix="scorer-") as scratch:
        spoken = open_narration(book, narration, Path(scratch))
        target = output or Path(f"{spoken.recording.path.stem}-preview.wav")
        given = [book, *spoken.recording.files, *(path for path in (sheet, alignment) if path)]
        check_outputs([target], given)
        whole_s = spoken.recording.seconds()
        if at_s >= whole_s:
            raise click.UsageError(f"--at {at_s:.0f} s lies behind the narration's end ({whole_s:.0f} s)")
        text, cues = (
            read_sheet(book, sheet, reading) if sheet else scored_now(book, index_folder, settings, model, reading)
        )
        times = clock_at_once(text, spoken, whole_s, clock, alignment, force)
        click.echo(times.describe() + _why(times, clock), err=True)
        heard = read_narration(spoken.recording.piece(at_s, at_s + seconds), lambda _: None)
        layout = excerpt(text, cues, times, spoken.recording, heard, at_s)
        for cue in (one for one in layout.cues if one.end_s > 0.0 and one.start_s < heard.seconds):
            click.echo(f"cue {cue.cue}: {cue.track or 'silence'}", err=True)
        _write(layout, mix, target)
    click.echo(str(target))


def _why(times: "Clock", asked: str | None) -> str:
    """Say why times are guessed, where nobody asked for that and nothing was listened to."""
    if asked or times.fit is not None or times.source not in ("chapters", "position"):
        return ""
    return ": a preview does not listen; `scorer render` does, and what it finds is remembered"


def _write(layout: "Layout", settings: "MixSettings", target: Path) -> None:
    from scorer.mix.finish import Output, finish
    from scorer.mix.mixer import mix_pieces
    from scorer.mix.piece import Pieces
    from scorer.mix.plan import plan_mix

    plan = plan_mix(layout, settings, lambda _: None)
    pieces = Pieces(target, plan.key(), stems=False)
    made = mix_pieces(plan, pieces, lambda _: None)
    finish(plan, made, Output(target, target.suffix.lower(), None, False, False, {}, None), 0.0, lambda _: None)
    pieces.remove()
