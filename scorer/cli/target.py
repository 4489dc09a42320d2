"""What `scorer render` writes, where, and in which form."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from scorer.cli.options import Number, with_options
from scorer.files import check_outputs

if TYPE_CHECKING:
    from scorer.audio.recording import Recording
    from scorer.book import Book
    from scorer.clock import Clock
    from scorer.cues.cue import Cue
    from scorer.mix.finish import Output
    from scorer.mix.layout import Layout
    from scorer.mix.narration import Narration

F = TypeVar("F", bound=Callable[..., Any])
SPLIT_SUFFIX: Final = ".mp3"


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


@dataclass(frozen=True)
class Target:
    """What is asked for of a mix; fields are the options of `target_options`."""

    output: Path | None
    preset: str
    chapters: bool
    stems: bool
    interlude_s: float
    require_license: bool
    report: Path | None

    @property
    def split(self) -> bool:
        """Whether there is to be a file a chapter."""
        from scorer.mix.preset import PRESETS

        return self.chapters or (self.preset in PRESETS and PRESETS[self.preset].split)

    def of(self, narration: "Recording") -> "Output":
        """Settle where the mix of a narration goes, and in which form. Raises `AudioError` where that cannot be."""
        from scorer.audio.encode import CODECS
        from scorer.mix.finish import Output
        from scorer.mix.preset import PRESETS

        chosen = PRESETS.get(self.preset)
        suffix = narration.path.suffix.lower()
        if self.split:
            target = self.output or Path(f"{narration.path.stem}-mix")
            suffix = (chosen.suffix if chosen else None) or (suffix if suffix in CODECS else SPLIT_SUFFIX)
        else:
            target = self.output or Path(f"{narration.path.stem}-mix{suffix if suffix in CODECS else '.wav'}")
            suffix = target.suffix.lower()
        self.require_form(target)
        return Output(target, suffix, self.preset if chosen else None, self.split, self.stems, {}, None)

    def require_form(self, target: Path) -> None:
        """Raise `AudioError` where a name is a file's but a folder is wanted, or of a format that is not written."""
        from scorer.audio.encode import CODECS, require_output_format
        from scorer.errors import AudioError

        if not self.split:
            require_output_format(target)
        elif target.suffix.lower() in CODECS or (target.exists() and not target.is_dir()):
            raise AudioError(f"{target}: a folder is wanted, for a file a chapter; name one with -o")

    def require_writable(self, out: "Output", given: Sequence[Path]) -> None:
        """Make the folder of a split mix. Raises `UserError` where a file could not be written or replaces an input."""
        from scorer.mix.credits import credits_beside

        wanted = [credits_beside(out.target, out.split), *out.stem_files(), *([self.report] if self.report else [])]
        if out.split:
            out.target.mkdir(parents=True, exist_ok=True)
        check_outputs(wanted if out.split else [out.target, *wanted], given)

    def lay_out(self, book: "Book", cues: "Sequence[Cue]", clock: "Clock", narration: "Narration") -> "Layout":
        """Lay a mix out in time, with its interludes, and chapters as long as the preset allows."""
        from scorer.mix.layout import lay_out
        from scorer.mix.preset import ACX_MINUTES

        longest_s = 60 * ACX_MINUTES if self.preset == "acx" else float("inf")
        return lay_out(book, cues, clock, narration, interlude_s=self.interlude_s, longest_s=longest_s)


def target_options(function: F) -> F:
    """Add the options of what is written, passed on together as `target`; a name's form is checked at once."""

    @functools.wraps(function)
    def wrapped(
        *args: Any,
        output: Path | None,
        preset: str,
        split: str | None,
        stems: bool,
        interlude_s: float,
        require_license: bool,
        report_file: Path | None,
        **options: Any,
    ) -> Any:
        target = Target(output, preset, split == "chapter", stems, interlude_s, require_license, report_file)
        if output:
            target.require_form(output)
        return function(*args, target=target, **options)

    return with_options(cast(F, wrapped), _OPTIONS)


_OPTIONS: Final[tuple[Callable[[Any], Any], ...]] = (
    click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar="OUT",
        help="The mix: .wav, .flac, .mp3, .ogg, .opus or .m4b, or with --split a folder; default: the narration's name "
        "with -mix, here.",
    ),
    click.option(
        "--preset",
        type=click.Choice(["none", "podcast", "acx"]),
        default="none",
        show_default=True,
        help="How loud the result is: podcast is -16 LUFS (mono -19), acx is what audiobook shops ask for (a folder of "
        "MP3 files); none leaves the speech as it is.",
    ),
    click.option(
        "--split",
        type=click.Choice(["chapter"]),
        default=None,
        help="Write a file for each chapter, into the folder OUT.",
    ),
    click.option("--stems", is_flag=True, help="Write speech and music apart, too, as -speech.wav and -music.wav."),
    click.option(
        "--interlude",
        "interlude_s",
        type=Seconds(),
        default=0.0,
        metavar="TIME",
        help="Let music sound alone between chapters for so long, as in 6s.",
    ),
    click.option("--require-license", is_flag=True, help="Refuse tracks whose tags tell of no licence."),
    click.option(
        "--report",
        "report_file",
        type=click.Path(path_type=Path),
        metavar="JSON",
        help="Measure the finished files and write everything that is known of the mix.",
    ),
)
