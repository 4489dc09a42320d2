"""What `run` and `render` share: scoring a book with a progress bar and a summary on stderr."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scorer.progress import progress_bar

if TYPE_CHECKING:
    from scorer.book import Book
    from scorer.cues.cue import Cue
    from scorer.cues.score import Score


def score_with_progress(
    book: Path, index_folder: Path, settings: dict[str, float], model: str | None, keep: Path | None = None
) -> "Score":
    """Score a book; say on stderr what was left out and what was chosen. Raises as `scorer.cues.score.score_book`."""
    from scorer.cues.score import score_book
    from scorer.cues.settings import Settings

    with progress_bar(0, "reading", "window") as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done)

        score = score_book(book, index_folder, Settings(**settings), advance, model, keep)  # type: ignore[arg-type]
    _tell_book(score.passage.book)
    _tell_cues(score.cues)
    for track in score.unheard:
        click.echo(f"  kept, though not in the index: {track}", err=True)
    return score


def _tell_book(book: "Book") -> None:
    words = sum(len(chapter.text.split()) for chapter in book.chapters)
    author = f" by {book.author}" if book.author else ""
    click.echo(f"{book.title}{author}: {len(book.chapters)} chapters, {words:,} words", err=True)
    for omitted in book.omitted:
        title = f" ({omitted.title})" if omitted.title else ""
        click.echo(f"  left out: {omitted.href}{title}: {omitted.reason}", err=True)


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
