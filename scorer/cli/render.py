"""`scorer render`: a narration and the music of its cue sheet become finished sound files."""

import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scorer.cli.mixing import find_clock, mix_options, mix_settings, open_narration, read_sheet, scored_now
from scorer.cli.options import json_option, scoring_options
from scorer.cli.target import Target, target_options

if TYPE_CHECKING:
    from scorer.audio.recording import Recording
    from scorer.book import Book, Reading
    from scorer.clock import Clock
    from scorer.mix.finish import Output
    from scorer.mix.layout import Layout
    from scorer.mix.measure import Measured
    from scorer.mix.narration import Narration
    from scorer.mix.piece import Piece
    from scorer.mix.plan import MixSettings, Plan
    from scorer.mix.report import Report

SLOWEST_WPM, FASTEST_WPM = 60.0, 300.0  # beyond these no one reads a whole book aloud
AGAIN = 2  # times that files are encoded again whose peaks encoding took too high
FURTHER_DB = 0.2  # by which peaks are then lower than they were too high: an encoder does not follow to the hundredth


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@target_options
@mix_options
@scoring_options
@json_option
def command(
    book: Path,
    target: Target,
    narration: Path | None,
    sheet: Path | None,
    clock: Any,
    alignment: Path | None,
    force: bool,
    index_folder: Path,
    model: str | None,
    reading: "Reading",
    as_json: bool,
    **settings: Any,
) -> None:
    """Lay music under the NARRATION of BOOK (.epub, .txt, .md, .html or .fb2).

    Without a preset the narration itself is not touched: every sample of it is in the mix, at its place. Where a track
    of the cue sheet cannot be played, its cue stays silent and is named at the end. A render that is stopped goes on
    with the chapter that it was at when it is run again. CREDITS.txt, beside the mix, names the music.
    """
    if alignment and clock not in (None, "alignment"):
        raise click.UsageError(f"--alignment goes with --clock alignment, not {clock}")
    mix = mix_settings(settings)
    with tempfile.TemporaryDirectory(prefix="scorer-") as scratch:
        spoken = open_narration(book, narration, Path(scratch))
        out = target.of(spoken.recording)
        target.require_writable(out, [book, *spoken.recording.files, *filter(None, (sheet, alignment))])
        known = read_sheet(book, sheet, reading) if sheet else None
        started = time.monotonic()
        heard = _listen(_at_rate(spoken.recording, out.preset))
        listened_s = time.monotonic() - started
        text, cues = known or scored_now(book, index_folder, settings, model, reading)
        _warn(text, heard)
        times = find_clock(text, spoken, heard.seconds, clock, alignment, force)
        click.echo(times.describe(), err=True)
        layout = target.lay_out(text, cues, times, heard)
        out = replace(out, tags=_tags(spoken.recording, text), cover=_cover(book, Path(scratch)))
        result = _mix(layout, mix, out, times, target, listened_s)
    _tell(result, out, target.report, as_json)


def _tell(result: "Report", out: "Output", report_file: Path | None, as_json: bool) -> None:
    """Print what is known of a mix, and write it where that was asked for."""
    from scorer.files import whole_file

    for line in result.lines():
        click.echo(line, err=True)
    told = json.dumps(result.as_dict(), ensure_ascii=False, indent=None if as_json else 1)
    if report_file:
        with whole_file(report_file) as part:
            part.write_text(told + "\n", encoding="utf-8")
    click.echo(told if as_json else str(out.target))


def _at_rate(narration: "Recording", preset: str | None) -> "Recording":
    """Have a narration decoded at the rate that a preset asks for."""
    from scorer.mix.preset import PRESETS

    rate = PRESETS[preset].sample_rate if preset else None
    return replace(narration, sample_rate=rate) if rate else narration


def _tags(narration: "Recording", book: "Book") -> dict[str, str]:
    from scorer.audio.metadata import read_metadata
    from scorer.mix.finish import tags_of

    own = dict(read_metadata(narration.files[0]).tags)
    if len(narration.files) > 1:
        for name in ("title", "track", "disc"):  # of one chapter
            own.pop(name, None)
    return tags_of(own, book.title, book.author)


def _cover(book: Path, folder: Path) -> Path | None:
    if book.suffix.lower() != ".epub":
        return None
    from scorer.book.epub import extract_cover

    return extract_cover(book, folder)


def _listen(recording: "Recording") -> "Narration":
    from scorer.mix.narration import read_narration
    from scorer.progress import progress_bar

    with progress_bar(round(recording.told_s or 0), "listening", "s") as bar:
        return read_narration(recording, bar.update)


def _mix(
    layout: "Layout",
    settings: "MixSettings",
    out: "Output",
    clock: "Clock",
    target: Target,
    listened_s: float,
) -> "Report":
    from scorer.files import check_outputs
    from scorer.mix.credits import credits_beside, read_credits, write_credits
    from scorer.mix.mixer import mix_pieces
    from scorer.mix.piece import Pieces
    from scorer.mix.plan import plan_mix
    from scorer.mix.report import report
    from scorer.progress import progress_bar

    started = time.monotonic()
    with progress_bar(len({cue.track for cue in layout.cues if cue.track}), "measuring", "track") as bar:
        plan = plan_mix(layout, settings, bar.update)
    tracks = list(dict.fromkeys(voice.track.path for voice in plan.voices))
    check_outputs(out.files(plan.sections), tracks)
    credits = read_credits(tracks, require_licence=target.require_license)
    pieces = Pieces(out.target, plan.key(), out.stems)
    with progress_bar(round(layout.narration.seconds), "mixing", "s") as bar:
        made = mix_pieces(plan, pieces, bar.update)
    out, gain, files, found = _finished(plan, made, out, measured=target.report is not None)
    write_credits(credits_beside(out.target, out.split), out.tags.get("title", out.target.name), credits)
    pieces.remove()
    took_s = listened_s + time.monotonic() - started
    return report(
        plan,
        layout,
        clock,
        made,
        files,
        took_s,
        preset=out.preset,
        gain_db=gain,
        lowered_db=out.lowered_db,
        measured=found,
    )


def _finished(
    plan: "Plan", made: "list[Piece]", out: "Output", *, measured: bool
) -> "tuple[Output, float, list[Path], list[Measured]]":
    """Write the files and measure them, again and limited further where encoding took a peak over the ceiling."""
    from scorer.mix.finish import excess_db, finish, raised_by
    from scorer.progress import progress_bar

    for again in range(AGAIN + 1):
        gain = raised_by(plan, made, out)
        with progress_bar(round(plan.narration.seconds), "writing", "s") as bar:
            files = finish(plan, made, out, gain, bar.update)
        found = _measured(plan, files) if measured or out.preset else []
        excess = excess_db(out, found)
        if excess <= 0.0 or again == AGAIN:
            break
        out = replace(out, lowered_db=out.lowered_db + excess + FURTHER_DB)
    return out, gain, files, found


def _measured(plan: "Plan", files: list[Path]) -> "list[Measured]":
    from scorer.audio.ffmpeg import probe
    from scorer.mix.measure import measure_file
    from scorer.mix.narration import BLOCK_S
    from scorer.mix.pcm import pcm_blocks
    from scorer.progress import progress_bar

    hop, found = len(plan.speech) / max(plan.narration.length, 1), []
    sections = plan.sections if len(files) > 1 else [replace(plan.sections[0], end=plan.narration.length)]
    with progress_bar(len(files), "measuring", "file") as bar:
        for file, section in zip(files, sections, strict=True):
            _, rate, channels = probe(file)
            speech = plan.speech[round(section.start * hop) : round(section.end * hop)]
            blocks = pcm_blocks(file, sample_rate=rate, channels=channels, block_s=BLOCK_S)
            found.append(measure_file(blocks, rate, channels, speech))
            bar.update()
    return found


def _warn(book: "Book", narration: "Narration") -> None:
    if narration.cut_off:
        click.echo(
            f"{narration.path}: only {narration.seconds:.0f} s of {narration.recording.told_s or 0:.0f} s could be "
            "decoded; the file may be cut off",
            err=True,
        )
    from scorer.clock import astray

    if strays := astray(book, narration.recording.marks):
        click.echo(
            f"{narration.path}: its chapters are not in the book's order: {', '.join(strays)}; the music there is "
            "that of another place",
            err=True,
        )
    wpm = sum(len(chapter.text.split()) for chapter in book.chapters) / narration.seconds * 60
    if not SLOWEST_WPM <= wpm <= FASTEST_WPM:
        click.echo(
            f"{narration.path}: that would be {wpm:.0f} words a minute; is it a reading of the whole book?",
            err=True,
        )
