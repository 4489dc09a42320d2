"""What `run` and `render` share: scoring a book with a progress bar and a summary on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from scorer.errors import WishError
from scorer.progress import progress_bar

if TYPE_CHECKING:
    from scorer.book import Book, Reading
    from scorer.cues.cue import Cue
    from scorer.cues.score import Desk, Score
    from scorer.cues.settings import Settings
    from scorer.cues.wish_file import Wished
    from scorer.cues.wishes import Wishes


def score_with_progress(
    book: Path, index_folder: Path, settings: dict[str, float], model: str | None, *, reading: "Reading"
) -> "Score":
    """Open an index and score a book; say on stderr what was left out and what was chosen. Raises as `Desk` does."""
    from scorer.cues.score import Desk

    return score_at(Desk.open(index_folder, model), book, settings, reading)


def score_at(
    desk: "Desk",
    book: Path,
    settings: dict[str, float],
    reading: "Reading",
    keep: Path | None = None,
    wish_file: Path | None = None,
) -> "Score":
    """Score a book with an open index, as `score_with_progress` does.

    The wishes are those of `wish_file`, else of a file scorer.yaml beside the book, if there is one.
    """
    wishes, chosen = wishes_for(book, settings, wish_file)
    with windows_bar() as advance:
        score = desk.score(book, chosen, reading=reading, keep=keep, wishes=wishes, progress=advance)
    tell(score, reading)
    return score


def tell(score: "Score", reading: "Reading") -> None:
    """Say on stderr what was left out and what was chosen."""
    _tell_book(score.passage.book)
    _warn_of_language(score.passage.book, reading)
    _tell_cues(score.cues)
    for track in score.unheard:
        click.echo(f"  kept, though not in the index: {track}", err=True)


@contextmanager
def windows_bar() -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar; yields what to call with (windows just done, windows in all)."""
    with progress_bar(0, "reading", "window") as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done)

        yield advance


def wishes_for(book: Path, options: dict[str, float], wish_file: Path | None) -> "tuple[Wishes | None, Settings]":
    """Return the wishes of a file, or of scorer.yaml beside the book, and the settings with the options' say."""
    from scorer.cues.wish_file import FILE_NAME, read_wishes

    beside = book.parent / FILE_NAME
    wish_file = wish_file or (beside if beside.is_file() and str(book) != "-" else None)
    if not wish_file:
        return None, _settings(options, {}, None)
    wishes, wished = read_wishes(wish_file)
    click.echo(f"settings: {wish_file}", err=True)
    return wishes, _settings(options, wished, wish_file)


def _settings(options: dict[str, float], wished: "dict[str, Wished]", wish_file: Path | None) -> "Settings":
    """Return the settings: options that were given win over those of a file, and these over the defaults."""
    from scorer.cues.settings import Settings

    source = click.get_current_context().get_parameter_source
    given = {name for name in options if source(name) is not ParameterSource.DEFAULT}
    used = {name: one for name, one in wished.items() if name not in given}
    chosen: dict[str, Any] = options | {name: one.value for name, one in used.items()}
    if chosen["max_cue_s"] < chosen["min_cue_s"]:
        ends = [
            (name, chosen[field], used.get(field))
            for name, field in (("max-cue", "max_cue_s"), ("min-cue", "min_cue_s"))
        ]
        longest, shortest = (f"{name}, {value:g} s{f' (line {one.line})' if one else ''}" for name, value, one in ends)
        clash = f"{longest}, is shorter than {shortest}; change one of them"
        raise WishError(f"{wish_file}: {clash}") if any(one for _, _, one in ends) else click.UsageError(clash)
    return Settings(**chosen)


def _tell_book(book: "Book") -> None:
    words = sum(len(chapter.text.split()) for chapter in book.chapters)
    author = f" by {book.author}" if book.author else ""
    click.echo(f"{book.title}{author}: {len(book.chapters)} chapters, {words:,} words", err=True)
    for omitted in book.omitted:
        title = f" ({omitted.title})" if omitted.title else ""
        click.echo(f"  left out: {omitted.href}{title}: {omitted.reason}", err=True)


def _warn_of_language(book: "Book", reading: "Reading") -> None:
    from scorer.book.language import language_of

    language = reading.language.partition("-")[0].lower() or language_of(book)
    if language not in ("", "en"):
        how = "by --lang" if reading.language else "recognised by its text; --lang en if that is wrong"
        click.echo(
            f"  the models read English, and this book's language is '{language}' ({how}): expect little", err=True
        )


def _tell_cues(cues: "list[Cue]") -> None:
    total = cues[-1].end_s
    silent = sum(cue.end_s - cue.start_s for cue in cues if not cue.track)
    tracks = len({cue.track for cue in cues if cue.track})
    locked = sum(cue.lock for cue in cues)
    kept = f" ({locked} of them kept)" if locked else ""
    click.echo(
        f"{len(cues)} cues{kept} over {total / 60:.0f} min: {tracks} tracks, "
        f"silence for {silent / total:.0%} of the time",
        err=True,
    )
