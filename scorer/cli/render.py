"""`scorer render`: a narration and the music of its cue sheet become finished sound files."""

import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scorer.cli.mixing import find_clock, mix_options, mix_settings, open_narration, read_sheet
from scorer.cli.options import Number, json_option, scoring_options

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
SPLIT_SUFFIX = ".mp3"
AGAIN = 2  # times that files are encoded again whose peaks encoding took too high
FURTHER_DB = 0.2  # by which peaks are then lower than they were too high: an encoder does not follow to the hundredth


class Seconds(click.ParamType):  # type: ignore[type-arg]  # generic in click's newest alone
    """A length of time: 6, 6s, 1.5 min."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds, or fail with a usage error."""
        text = str(value).strip().lower()
        for unit, factor in (("min", 60.0), ("ms", 0.001), ("s", 1.0), ("", 1.0)):
            if text.endswith(unit):
                number = Number(0, 600 / factor).convert(text[: len(text) - len(unit)].strip(), param, ctx)
                return number * factor
        raise AssertionError


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The mix: .wav, .flac, .mp3, .ogg, .opus or .m4b, or with --split a folder; default: the narration's name "
    "with -mix, here.",
)
@click.option(
    "--preset",
    type=click.Choice(["none", "podcast", "acx"]),
    default="none",
    show_default=True,
    help="How loud the result is: podcast is -16 LUFS (mono -19), acx is what audiobook shops ask for (a folder of MP3 "
    "files); none leaves the speech as it is.",
)
@click.option(
    "--split",
    type=click.Choice(["chapter"]),
    default=None,
    help="Write a file for each chapter, into the folder OUT.",
)
@click.option("--stems", is_flag=True, help="Write speech and music apart, too, as -speech.wav and -music.wav.")
@click.option(
    "--interlude",
    "interlude_s",
    type=Seconds(),
    default=0.0,
    metavar="TIME",
    help="Let music sound alone between chapters for so long, as in 6s.",
)
@click.option("--require-license", is_flag=True, help="Refuse tracks whose tags tell of no licence.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path),
    metavar="JSON",
    help="Measure the finished files and write everything that is known of the mix.",
)
@mix_options
@scoring_options
@json_option
def command(
    book: Path,
    narration: Path | None,
    output: Path | None,
    preset: str,
    split: str | None,
    stems: bool,
    interlude_s: float,
    require_license: bool,
    report_file: Path | None,
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
    from scorer.files import check_outputs
    from scorer.mix.credits import credits_beside

    if alignment and clock not in (None, "alignment"):
        raise click.UsageError(f"--alignment goes with --clock alignment, not {clock}")
    mix = mix_settings(settings)
    with tempfile.TemporaryDirectory(prefix="scorer-") as scratch:
        spoken = open_narration(book, narration, Path(scratch))
        out = _output(spoken.recording, output, preset, split == "chapter", stems)
        credits_file = credits_beside(out.target, out.split)
        if out.split:
            out.target.mkdir(parents=True, exist_ok=True)
        wanted = [credits_file, *out.stem_files(), *([report_file] if report_file else [])]
        given = [book, *spoken.recording.files, *(path for path in (sheet, alignment) if path)]
        check_outputs(wanted if out.split else [out.target, *wanted], given)
        if sheet:
            text, cues = read_sheet(book, sheet, reading)
        started = time.monotonic()
        heard = _listen(_at_rate(spoken.recording, out.preset))
        listened_s = time.monotonic() - started
        if not sheet:
            from scorer.cli.scoring import score_with_progress

            score = score_with_progress(book, index_folder, settings, model, reading=reading)
            text, cues = score.passage.book, score.cues
        _warn(text, heard)
        times = find_clock(text, spoken, heard.seconds, clock, alignment, force)
        click.echo(times.describe(), err=True)
        from scorer.mix.layout import lay_out
        from scorer.mix.preset import ACX_MINUTES

        longest_s = 60 * ACX_MINUTES if preset == "acx" else float("inf")
        layout = lay_out(text, cues, times, heard, interlude_s=interlude_s, longest_s=longest_s)
        out = replace(out, tags=_tags(spoken.recording, text), cover=_cover(book, Path(scratch)))
        result = _mix(layout, mix, out, times, credits_file, require_license, listened_s, bool(report_file))
    for line in result.lines():
        click.echo(line, err=True)
    told = json.dumps(result.as_dict(), ensure_ascii=False, indent=None if as_json else 1)
    if report_file:
        from scorer.files import whole_file

        with whole_file(report_file) as part:
            part.write_text(told + "\n", encoding="utf-8")
    click.echo(told if as_json else str(out.target))


def _output(narration: "Recording", output: Path | None, preset: str, split: bool, stems: bool) -> "Output":
    """Settle where the mix goes, and in which form. Raises `AudioError` where that cannot be."""
    from scorer.audio.encode import CODECS, require_output_format
    from scorer.errors import AudioError
    from scorer.mix.finish import Output
    from scorer.mix.preset import PRESETS

    chosen = PRESETS.get(preset)
    split = split or bool(chosen and chosen.split)
    suffix = narration.path.suffix.lower()
    if split:
        target = output or Path(f"{narration.path.stem}-mix")
        if target.suffix.lower() in CODECS or (target.exists() and not target.is_dir()):
            raise AudioError(f"{target}: a folder is wanted, for a file a chapter; name one with -o")
        suffix = (chosen.suffix if chosen else None) or (suffix if suffix in CODECS else SPLIT_SUFFIX)
    else:
        target = output or Path(f"{narration.path.stem}-mix{suffix if suffix in CODECS else '.wav'}")
        require_output_format(target)
        suffix = target.suffix.lower()
    return Output(target, suffix, preset if chosen else None, split, stems, {}, None)


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
    credits_file: Path,
    require_license: bool,
    listened_s: float,
    measured: bool,
) -> "Report":
    from scorer.files import check_outputs
    from scorer.mix.credits import read_credits, write_credits
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
    credits = read_credits(tracks, require_licence=require_license)
    pieces = Pieces(out.target, plan.key(), out.stems)
    with progress_bar(round(layout.narration.seconds), "mixing", "s") as bar:
        made = mix_pieces(plan, pieces, bar.update)
    out, gain, files, found = _finished(plan, made, out, measured)
    write_credits(credits_file, out.tags.get("title", out.target.name), credits)
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
    plan: "Plan", made: "list[Piece]", out: "Output", measured: bool
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
