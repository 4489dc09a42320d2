"""What `render` and `preview` share: their options, the narration, the cues and the clock."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scorer.cli.options import Number, with_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scorer.audio.recording import Recording
    from scorer.book import Book, Reading
    from scorer.clock import Clock, Source
    from scorer.clock.sidecar import Timed
    from scorer.cues.cue import Cue
    from scorer.mix.plan import MixSettings

F = TypeVar("F", bound=Callable[..., Any])
CLOCKS = ("overlay", "alignment", "warping", "pauses", "chapters", "position")

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--narration",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="A recording of BOOK: a file, a folder with one file a chapter, or a CUE sheet; default: the media "
        "overlay that an EPUB carries.",
    ),
    click.option(
        "--cues",
        "sheet",
        type=click.Path(path_type=Path),
        metavar="CSV",
        help="The cue sheet, from `scorer run`, perhaps edited; default: chosen now, from the index.",
    ),
    click.option(
        "--music-level",
        "below",
        type=Number(0, 60),
        default=20.0,
        show_default=True,
        metavar="LU",
        help="How far the music lies below the speech while the narrator speaks.",
    ),
    click.option(
        "--duck",
        "pause",
        type=Number(0, 30),
        default=4.0,
        show_default=True,
        metavar="LU",
        help="How far the music ducks for the voice: in pauses of 2 s and more it is that much louder.",
    ),
    click.option(
        "--gap-level",
        "gap",
        type=Number(0, 30),
        default=10.0,
        show_default=True,
        metavar="LU",
        help="The same for gaps of 4 s and more: between chapters, before and behind the reading, in interludes.",
    ),
    click.option("--no-music-in-pauses", "mute", is_flag=True, help="No music in pauses of a second and more."),
    click.option(
        "--crossfade",
        "crossfade_s",
        type=Number(0.02, 30),
        default=3.0,
        show_default=True,
        metavar="SECONDS",
        help="How long one cue's music takes to become the next's, to enter and to leave.",
    ),
    click.option(
        "--clock",
        type=click.Choice(CLOCKS),
        default=None,
        help="How times are known: by the book's own media overlay, from a file, by warping the narration to a "
        "synthetic reading (needs espeak-ng), by its pauses, by its chapters, or by position in the text.  [default: "
        "the first of these that can be had]",
    ),
    click.option(
        "--alignment",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The narration's text with times: SRT, WebVTT, SMIL, JSON of aeneas or Whisper; default: one of its name "
        "beside it.",
    ),
    click.option("--force", is_flag=True, help="Mix even where the narration does not fit the text."),
)


def mix_options(function: F) -> F:
    """Add the options that a mix takes, whole or in part."""
    return with_options(function, _OPTIONS)


@dataclass(frozen=True)
class Spoken:
    """The narration, and where the book carries it, the texts and times of its media overlay."""

    recording: "Recording"
    overlay: "Sequence[Timed]" = ()


def open_narration(book: Path, narration: Path | None, folder: Path) -> Spoken:
    """Open what the user named, or what the book carries, of which the sound is laid into `folder`."""
    from scorer.audio.recording import open_recording
    from scorer.errors import AudioError

    if narration is not None:
        return Spoken(open_recording(narration))
    if book.suffix.lower() == ".epub":
        from scorer.book.epub import extract
        from scorer.book.overlay import read_overlay
        from scorer.clock import narrated

        if clips := read_overlay(book):
            return Spoken(*narrated(book, clips, extract(book, {clip.audio: None for clip in clips}, folder)))
    raise AudioError(f"{book}: carries no narration of its own (a media overlay); name one with --narration")


def read_sheet(book: Path, sheet: Path, reading: "Reading") -> "tuple[Book, list[Cue]]":
    """Read a book and a cue sheet of it."""
    from scorer.book import read_book
    from scorer.clock import require_tiling
    from scorer.cues.sheet import read_cues
    from scorer.errors import CueSheetError

    cues = read_cues(sheet)
    with _torch_out_of_sight():
        text = read_book(book, reading)
    try:
        require_tiling(text, cues)
    except CueSheetError as error:
        raise CueSheetError(f"{sheet}: {error}") from error
    return text, cues


def scored_now(
    book: Path, index_folder: Path, settings: dict[str, float], model: str | None, reading: "Reading"
) -> "tuple[Book, list[Cue]]":
    """Read a book and choose its cues from the index. Raises as `scorer.cli.scoring.score_with_progress` does."""
    from scorer.cli.scoring import score_with_progress

    score = score_with_progress(book, index_folder, settings, model, reading=reading)
    return score.passage.book, score.cues


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


def find_clock(
    book: "Book", spoken: Spoken, seconds: float, source: "Source | None", alignment: Path | None, force: bool
) -> "Clock":
    """Return the narration's clock: what can be read, what is remembered, or what is found by listening now."""
    from scorer.clock import read_clock
    from scorer.clock.memory import remember, remembered
    from scorer.clock.sidecar import sidecar_of
    from scorer.progress import progress_bar

    read = spoken.overlay or alignment or (source is None and sidecar_of(spoken.recording.path))
    if not read and source in (None, "warping", "pauses") and (known := remembered(book, spoken.recording, source)):
        return known
    with progress_bar(len(book.sentences), "aligning", "sentence") as bar:
        clock = read_clock(
            book,
            spoken.recording,
            seconds,
            source=source,
            overlay=spoken.overlay,
            alignment=alignment,
            force=force,
            progress=bar.update,
        )
    if clock.source in ("warping", "pauses"):
        remember(book, spoken.recording, source, clock)
    return clock


def clock_at_once(
    book: "Book", spoken: Spoken, seconds: float, source: "Source | None", alignment: Path | None, force: bool
) -> "Clock":
    """Return a clock that takes no listening, by position in the text if need be, unless one is asked for."""
    from scorer.clock import read_clock
    from scorer.clock.memory import remembered
    from scorer.clock.sidecar import sidecar_of

    if source is not None or spoken.overlay or alignment or sidecar_of(spoken.recording.path):
        return find_clock(book, spoken, seconds, source, alignment, force)
    if known := remembered(book, spoken.recording, None):
        return known
    return read_clock(book, spoken.recording, seconds, quick=True)


def mix_settings(options: dict[str, Any]) -> "MixSettings":
    """Take the settings of a mix out of a command's options."""
    from scorer.mix.duck import Duck
    from scorer.mix.plan import MixSettings

    duck = Duck(**{name: options.pop(name) for name in ("pause", "gap", "mute")})
    return MixSettings(below=options.pop("below"), crossfade_s=options.pop("crossfade_s"), duck=duck)
