"""What `scorer run` writes of a book, and under which names."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scorer.errors import UserError

if TYPE_CHECKING:
    from scorer.cues.score import Score

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
        """Raise `UserError` for a suffix that names no format."""
        from scorer.cues.formats import require_format

        for sheet in self.sheets:
            require_format(sheet)
        if self.plot:
            from scorer.page import require_picture

            require_picture(self.plot)

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
