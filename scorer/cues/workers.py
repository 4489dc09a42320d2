"""Scoring many books on a Ray cluster."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scorer.book import Reading
from scorer.cluster import Stage, joined, packed, unpacked
from scorer.cues.score import Desk, Score, pair_of
from scorer.cues.settings import Settings
from scorer.cues.wishes import Wishes

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Order:
    """A book to score, and how: `name` is what it is called, `path` where it is for all machines."""

    name: Path
    path: Path
    settings: Settings
    reading: Reading
    wishes: Wishes | None


class Scorer:
    """Makes scores of orders."""

    def __init__(self, index_folder: Path, model: str | None) -> None:
        self.desk = Desk.open(index_folder, model)

    def __call__(self, orders: "pa.Table") -> "Iterator[pa.Table]":
        """Yield for each order the book's name with its score, or with the error that it ended in."""
        for order in unpacked(orders):
            yield packed([(order.name, self._score(order))])

    def _score(self, order: Order) -> Score | Exception:
        try:
            return self.desk.score(order.path, order.settings, reading=order.reading, wishes=order.wishes)
        except Exception as error:  # a book that fails costs only itself
            return error


def score_on_ray(
    orders: Sequence[Order], index_folder: Path, model: str | None, address: str | None
) -> Iterator[tuple[Path, Score | Exception]]:
    """Score books on the cluster that `scorer.cluster.joined` finds, which reaches them and the index by these paths.

    Yields each book's name with its score, or with the error that it ended in, as they are done. Raises as `joined`,
    and `LibraryError` where there is no index, or one of another model: that is not for each worker to find.
    """
    if not orders:
        return
    pair_of(index_folder, model)
    with joined(address) as cluster:
        actors = min(cluster.gpus or cluster.cpus, len(orders))
        stage = Stage(Scorer, (index_folder, model), actors, 1, gpus=float(bool(cluster.gpus)))
        yield from cluster.run([[order] for order in orders], [stage])
