"""`scorer run` on many books: each gets a cue sheet, here or by a Ray cluster."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scorer.errors import ScorerError
from scorer.progress import progress_bar

if TYPE_CHECKING:
    from scorer.book import Reading
    from scorer.cli.outputs import Outputs
    from scorer.cues.score import Score

    Scored = tuple[Path, Score | Exception]


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked for all of the books: the index, how they are read and scored, and on which Ray cluster, if any."""

    index_folder: Path
    model: str | None
    reading: "Reading"
    settings: dict[str, float]
    wish_file: Path | None
    engine: str
    address: str | None


def score_all(books: Sequence[Path], outputs: Sequence["Outputs"], job: Job) -> None:
    """Write the outputs of each book; one that fails costs only itself, and the exit status says so."""
    of_book = dict(zip(books, outputs, strict=True))
    failed: dict[Path, int] = {}
    for book, score in _on_ray(books, job) if job.engine == "ray" else _here(books, job):
        try:
            if isinstance(score, Exception):
                raise score
            of_book[book].write(score)
        except (ScorerError, click.UsageError) as error:
            click.echo(f"scorer: {' '.join(str(error).split())}", err=True)
            failed[book] = error.exit_code
        except Exception as error:
            click.echo(f"scorer: {book}: internal error: {type(error).__name__}: {error}", err=True)
            failed[book] = 1
        else:
            click.echo("\n".join(map(str, of_book[book].sheets)))
    click.echo(f"{len(books) - len(failed)} of {len(books)} books scored", err=True)
    if failed:
        click.echo(f"failed: {', '.join(map(str, failed))}", err=True)
        raise SystemExit(min(failed.values()))


def _here(books: Sequence[Path], job: Job) -> "Iterator[Scored]":
    from scorer.cli.scoring import score_at
    from scorer.cues.score import Desk

    desk = Desk.open(job.index_folder, job.model)
    for book in books:
        try:
            yield book, score_at(desk, book, job.settings, job.reading, None, job.wish_file)
        except Exception as error:  # a book that fails costs only itself
            yield book, error


def _on_ray(books: Sequence[Path], job: Job) -> "Iterator[Scored]":
    from scorer.cli.scoring import tell, wishes_for
    from scorer.cues.workers import Order, score_on_ray

    orders: list[Order] = []
    for book in books:
        try:
            if str(book) == "-":
                raise click.UsageError("a book from stdin is not to be read on a cluster; give its file")
            wishes, chosen = wishes_for(book, job.settings, job.wish_file)
        except (ScorerError, click.UsageError) as error:
            yield book, error
        else:
            orders.append(Order(book, book.absolute(), chosen, job.reading, wishes))
    with progress_bar(len(orders), "scoring", "book") as bar:
        for book, score in score_on_ray(orders, job.index_folder.absolute(), job.model, job.address):
            bar.update(1)
            if not isinstance(score, Exception):
                tell(score, job.reading)
            yield book, score
