"""What `run` and `render` share: scoring a book with a progress bar and a summary on stderr."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scorer.progress import progress_bar

if TYPE_CHECKING:
    from scorer.book import Book, Reading
    from scorer.cues.cue import Cue
    from scorer.cues.score import Score


def score_with_progress(
    book: Path, index_folder: Path, settings: dict[str, float], model: str | None, *, reading: "Reading"
) -> "Score":
    """Score a book; say on stderr what was left out and what was chosen. Raises as `scorer.cues.score.score_book`."""
    from scorer.cues.score import score_book
    from scorer.cues.settings import Settings

    with progress_bar(0, "reading", "window") as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done)

        score = score_book(book, index_folder, Settings(**settings), advance, model, reading=reading)  # type: ignore[arg-type]
    _tell_book(score.passage.book)
    _warn_of_language(score.passage.book, reading)
    _tell_cues(score.cues)
    return score


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
    click.echo(
        f"{len(cues)} cues over {total / 60:.0f} min: {tracks} tracks, silence for {silent / total:.0%} of the time",
        err=True,
    )
