"""Many books, one after another here or side by side on a Ray cluster: each with its score, or why it has none."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scorer.errors import ScorerError
from scorer.progress import progress_bar

if TYPE_CHECKING:
    from scorer.book import Reading
    from scorer.cues.score import Score

    Scored = tuple[Path, Score | Exception]


def scored_here(books: Sequence[Path], score: "Callable[[Path], Score]") -> "Iterator[Scored]":
    """Score books in their order."""
    for book in books:
        try:
            yield book, score(book)
        except Exception as error:  # a book that fails costs only itself
            yield book, error


def scored_on_ray(
    books: Sequence[Path],
    index_folder: Path,
    model: str | None,
    reading: "Reading",
    settings: dict[str, float],
    wish_file: Path | None,
    address: str | None,
) -> "Iterator[Scored]":
    """Score books on a Ray cluster, as `scorer.cues.workers.score_on_ray` does, in any order."""
    from scorer.cli.scoring import tell, wishes_for
    from scorer.cues.workers import Order, score_on_ray

    orders: list[Order] = []
    for book in books:
        try:
            if str(book) == "-":
                raise click.UsageError("a book from stdin is not to be read on a cluster; give its file")
            wishes, chosen = wishes_for(book, settings, wish_file)
        except (ScorerError, click.UsageError) as error:
            yield book, error
        else:
            orders.append(Order(book, book.absolute(), chosen, reading, wishes))
    with progress_bar(len(orders), "scoring", "book") as bar:
        for book, score in score_on_ray(orders, index_folder.absolute(), model, address):
            bar.update(1)
            if not isinstance(score, Exception):
                tell(score, reading)
            yield book, score
