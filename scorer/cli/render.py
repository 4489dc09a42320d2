"""`scorer render`: a narration and the music of its cue sheet become one finished sound file."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scorer.cli.options import Number, index_option, json_option, model_option, settings_options

if TYPE_CHECKING:
    from scorer.book import Book
    from scorer.clock import Clock
    from scorer.clock.clock import Source
    from scorer.cues.cue import Cue
    from scorer.mix.narration import Narration
    from scorer.mix.plan import MixSettings
    from scorer.mix.report import Report

SLOWEST_WPM, FASTEST_WPM = 60.0, 300.0  # beyond these no one reads a whole book aloud


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.option(
    "--narration",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A recording of BOOK.",
)
@click.option(
    "--cues",
    "sheet",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="The cue sheet, from `scorer run`, perhaps edited; default: chosen now, from the index.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The mix: .wav, .flac, .mp3, .ogg or .opus; default: the narration's name with -mix, here.",
)
@click.option(
    "--music-level",
    type=Number(0, 60),
    default=20.0,
    show_default=True,
    metavar="LU",
    help="How far the music lies below the speech.",
)
@click.option(
    "--gap-level",
    type=Number(0, 20),
    default=6.0,
    show_default=True,
    metavar="LU",
    help="How far the music rises in long pauses; 0 for never.",
)
@click.option(
    "--crossfade",
    type=Number(0.02, 30),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="How long one cue's music takes to become the next's, to enter and to leave.",
)
@click.option(
    "--clock",
    type=click.Choice(["alignment", "warping", "pauses", "position"]),
    default=None,
    help="How times are known: from a file, by warping the narration to a synthetic reading (needs espeak-ng), by its "
    "pauses, or by position in the text.  [default: the first of these that can be had]",
)
@click.option(
    "--alignment",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The narration's text with times: SRT, WebVTT, JSON of aeneas or Whisper; default: one of its name beside it.",
)
@click.option("--force", is_flag=True, help="Mix even where the narration does not fit the text.")
@index_option
@model_option
@settings_options
@json_option
def command(
    book: Path,
    narration: Path,
    sheet: Path | None,
    output: Path | None,
    music_level: float,
    gap_level: float,
    crossfade: float,
    clock: "Source | None",
    alignment: Path | None,
    force: bool,
    index_folder: Path,
    model: str | None,
    as_json: bool,
    **settings: float,
) -> None:
    """Lay music under the NARRATION of BOOK (.epub, .txt or .md).

    The narration itself is not touched: every sample of it is in the mix, at its place. Where a track of the cue sheet
    cannot be played, its cue stays silent and is named at the end.
    """
    from scorer.audio.encode import require_output_format
    from scorer.audio.ffmpeg import probe
    from scorer.clock import narration_times
    from scorer.files import check_outputs
    from scorer.mix.duck import Duck
    from scorer.mix.plan import MixSettings

    if alignment and clock not in (None, "alignment"):
        raise click.UsageError(f"--alignment goes with --clock alignment, not {clock}")
    target = output or _beside(narration)
    require_output_format(target)
    probe(narration)
    check_outputs([target], [book, narration, *(path for path in (sheet, alignment) if path)])
    if sheet:
        text, cues = _read(book, sheet)
    started = time.monotonic()
    heard = _listen(narration)
    listened_s = time.monotonic() - started
    if not sheet:
        from scorer.cli.scoring import score_with_progress

        score = score_with_progress(book, index_folder, settings, model)
        text, cues = score.passage.book, score.cues
    _warn(text, heard)
    times = _clock(text, heard, clock, alignment, force)
    click.echo(times.describe(), err=True)
    mix = MixSettings(below=music_level, crossfade_s=crossfade, duck=Duck(rise=gap_level))
    result = _mix(narration_times(text, cues, times.borders), heard, target, mix, listened_s)
    for line in result.lines():
        click.echo(line, err=True)
    told = {**result.as_dict(), "clock": times.as_dict()}
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else str(target))


def _beside(narration: Path) -> Path:
    from scorer.audio.encode import CODECS

    suffix = narration.suffix.lower()
    return Path(f"{narration.stem}-mix{suffix if suffix in CODECS else '.wav'}")


def _read(book: Path, sheet: Path) -> "tuple[Book, list[Cue]]":
    from scorer.book import read_book
    from scorer.clock import require_tiling
    from scorer.cues.sheet import read_cues
    from scorer.errors import CueSheetError

    cues = [_beside_sheet(cue, sheet) for cue in read_cues(sheet)]
    with _torch_out_of_sight():
        text = read_book(book)
    try:
        require_tiling(text, cues)
    except CueSheetError as error:
        raise CueSheetError(f"{sheet}: {error}") from error
    return text, cues


@contextmanager
def _torch_out_of_sight() -> Iterator[None]:
    """Hide torch from spaCy, which would load it where it is installed: half a gigabyte that mixing has no use for."""
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # the import system's own mark of a module not to be had
    try:
        yield
    finally:
        del sys.modules["torch"]


def _beside_sheet(cue: "Cue", sheet: Path) -> "Cue":
    """A relative track is meant from here, or from where the cue sheet lies, as an edited sheet may have it."""
    if not cue.track or Path(cue.track).exists():
        return cue
    beside = sheet.parent / cue.track
    return replace(cue, track=str(beside)) if beside.exists() else cue


def _listen(path: Path) -> "Narration":
    from scorer.audio.ffmpeg import probe
    from scorer.mix.narration import read_narration
    from scorer.progress import progress_bar

    with progress_bar(round(probe(path)[0] or 0), "listening", "s") as bar:
        return read_narration(path, bar.update)


def _clock(book: "Book", heard: "Narration", source: "Source | None", alignment: Path | None, force: bool) -> "Clock":
    from scorer.clock import read_clock
    from scorer.progress import progress_bar

    with progress_bar(len(book.sentences), "aligning", "sentence") as bar:
        return read_clock(
            book, heard.path, heard.seconds, source=source, alignment=alignment, force=force, progress=bar.update
        )


def _mix(cues: "list[Cue]", heard: "Narration", target: Path, settings: "MixSettings", listened_s: float) -> "Report":
    from scorer.files import check_outputs, whole_file
    from scorer.mix.mixer import write_mix
    from scorer.mix.plan import plan_mix
    from scorer.mix.report import report
    from scorer.progress import progress_bar

    started = time.monotonic()
    with progress_bar(len({cue.track for cue in cues if cue.track}), "measuring", "track") as bar:
        plan = plan_mix(heard, cues, settings, bar.update)
    check_outputs([target], sorted({voice.track.path for voice in plan.voices}))
    with whole_file(target) as part, progress_bar(round(heard.seconds), "mixing", "s") as bar:
        bed_lufs = write_mix(plan, part, bar.update)
    return report(plan, target, len(cues), bed_lufs, listened_s + time.monotonic() - started)


def _warn(book: "Book", narration: "Narration") -> None:
    if narration.cut_off:
        click.echo(
            f"{narration.path}: only {narration.seconds:.0f} s of {narration.told_s or 0:.0f} s could be decoded; "
            "the file may be cut off",
            err=True,
        )
    wpm = sum(len(chapter.text.split()) for chapter in book.chapters) / narration.seconds * 60
    if not SLOWEST_WPM <= wpm <= FASTEST_WPM:
        click.echo(
            f"{narration.path}: that would be {wpm:.0f} words a minute; is it a reading of the whole book?",
            err=True,
        )
