"""What `scorer run` writes of a book, and under which names."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from scorer.cli.options import with_options
from scorer.errors import UserError

if TYPE_CHECKING:
    from scorer.cues.score import Score

F = TypeVar("F", bound=Callable[..., Any])
BOOK: Final = "{book}"  # in a name: that of the book's file, without its suffix


@dataclass(frozen=True)
class Outputs:
    """Cue sheets, in the formats of their suffixes, and what else was asked for."""

    sheets: tuple[Path, ...]
    arc: Path | None = None
    plot: Path | None = None
    report: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files."""
        return (*self.sheets, *(path for path in (self.arc, self.plot, self.report) if path))

    @property
    def many(self) -> bool:
        """Whether these are names for any number of books."""
        return any(BOOK in str(path) for path in self.paths) or any(sheet.is_dir() for sheet in self.sheets)

    def for_many(self) -> "Outputs":
        """Return the outputs with BOOK in each name: a folder is for sheets in CSV. Raises `UserError` without it."""
        sheets = tuple(
            sheet / f"{BOOK}.csv" if sheet.is_dir() or not (sheet.suffix or BOOK in str(sheet)) else sheet
            for sheet in self.sheets
        )
        made = Outputs(sheets, self.arc, self.plot, self.report)
        for path in made.paths:
            if BOOK not in str(path):
                raise UserError(
                    f"{path}: looks like a file for one book; for many put {BOOK} into its name, as in "
                    f"cues/{BOOK}{path.suffix}, or name a folder with -o"
                )
        return made

    def of(self, book: Path) -> "Outputs":
        """Return the outputs for a book, by the name of its file."""

        def named(path: Path) -> Path:
            return Path(str(path).replace(BOOK, "stdin" if str(book) == "-" else book.stem))

        arc, plot, report = (path and named(path) for path in (self.arc, self.plot, self.report))
        return Outputs(tuple(map(named, self.sheets)), arc, plot, report)

    def require_formats(self) -> None:
        """Raise `UserError` for the suffix of a sheet that names no format, or is missing."""
        from scorer.cues.formats import require_format

        for sheet in self.sheets:
            require_format(sheet)

    def make_folders(self) -> None:
        """Make the folders of all files. Raises `UserError` where that cannot be."""
        for folder in dict.fromkeys(path.parent for path in self.paths):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UserError(f"{folder}: cannot be a folder for the cue sheets ({error.strerror})") from error

    def write(self, score: "Score") -> None:
        """Write all of a scored book, each file whole or not at all."""
        from scorer.cues.arc import write_arc
        from scorer.cues.formats import write_cues
        from scorer.page import write_page, write_plot

        others: tuple[tuple[Path | None, Callable[[Path, Score], None]], ...] = (
            (self.arc, lambda path, score: write_arc(path, score.passage)),
            (self.plot, write_plot),
            (self.report, write_page),
        )
        for path, write in others:
            if path:
                write(path, score)
        for sheet in self.sheets:
            write_cues(sheet, score.cues, score.passage.book.title)


def _picture(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    if path:
        from scorer.page import require_picture

        require_picture(path)
    return path


def _sheets(ctx: click.Context, param: click.Parameter, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    for path in paths:
        if path.suffix and not path.is_dir():
            from scorer.cues.formats import require_format

            require_format(path)
    return paths


def output_options(function: F) -> F:
    """Add `-o`, `--arc`, `--plot` and `--report`, passed on together as `asked`; suffixes are checked at once."""

    @functools.wraps(function)
    def wrapped(
        *args: Any, output: tuple[Path, ...], arc: Path | None, plot: Path | None, report: Path | None, **options: Any
    ) -> Any:
        return function(*args, asked=Outputs(output, arc, plot, report), **options)

    return with_options(cast(F, wrapped), _OPTIONS)


_OPTIONS: Final[tuple[Callable[[Any], Any], ...]] = (
    click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar="OUT",
        help="Where the cue sheet goes, in the format of its suffix: .csv, .json, .txt (Audacity's labels), .srt, "
        ".ffmeta (ffmpeg's chapters), .rpp (REAPER), .edl or .otio; default: CSV on stdout. May be given several "
        "times. For several books a folder, or a name with {book} in it, as in 'cues/{book}.json'.",
        multiple=True,
        callback=_sheets,
    ),
    click.option(
        "--arc", type=click.Path(path_type=Path), metavar="CSV", help="Also write the trajectory, a row a window."
    ),
    click.option(
        "--plot",
        type=click.Path(path_type=Path),
        metavar="PICTURE",
        help="Also draw the arc and the cues, as .png or .svg.",
        callback=_picture,
    ),
    click.option(
        "--report",
        type=click.Path(path_type=Path),
        metavar="HTML",
        help="Also write a page for a browser: the arc, and the cues to hear, alone or in the mix, to change and save.",
    ),
)
