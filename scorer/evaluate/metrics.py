"""Retrieval metrics: precision at five and mean reciprocal rank, averaged over classes.

For each text query all clips are ranked. A clip is relevant if its mood is among those that the query's label maps to.
P@5 is the share of relevant clips among the first five; the reciprocal rank is one over the rank of the first relevant
clip, zero where there is none; a query without an answer scores zero in both. Both are averaged over the queries of a
label, then over labels (macro), after Won et al. (ISMIR 2021).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.evaluate.mappings import Mapped

DEPTH: Final = 5
RESAMPLES: Final = 1000  # bootstrap samples behind an interval
RANDOM_RANKINGS: Final = 200  # seeded shuffles behind the random baseline, a label


@dataclass(frozen=True, slots=True)
class Figures:
    """Macro P@5 and MRR, and for each text label its own (queries, P@5, MRR).

    `values` has P@5 and reciprocal rank of each label's queries, (n, 2) each.
    """

    p_at_5: float
    mrr: float
    per_class: Mapping[str, tuple[int, float, float]]
    values: Sequence[NDArray[np.floating]] = field(repr=False, compare=False)

    def intervals(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return what holds 95 % of bootstrap samples of each label's queries: of P@5, and of MRR."""
        rng = np.random.default_rng(0)
        drawn = [rows[rng.integers(0, len(rows), (RESAMPLES, len(rows)))].mean(axis=1) for rows in self.values]
        low, high = np.percentile(np.mean(drawn, axis=0), [2.5, 97.5], axis=0)
        return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def ranking(scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the clips of each query, (q, c), the highest score first; of equals, the first clip."""
    return np.argsort(-scores, axis=1, kind="stable")


def retrieval(
    ranked: NDArray[np.int64],
    labels: Sequence[str],
    moods: Sequence[str],
    mapped: Mapped,
    answered: NDArray[np.bool_] | None = None,
) -> Figures:
    """Return the figures of rankings (q, c) of clips with `moods` (c,) for queries with `labels` (q,).

    `answered` (q,) is false for queries that got no answer. Raises `ValueError` where the lengths do not agree or a
    label is not mapped.
    """
    if ranked.shape != (len(labels), len(moods)) or len(labels) == 0 or set(labels) - set(mapped):
        raise ValueError(f"rankings {ranked.shape}, {len(labels)} labels and {len(moods)} moods do not agree")
    kinds = sorted(set(labels))
    table = np.array([[mood in mapped[kind] for mood in moods] for kind in kinds])
    hits = np.take_along_axis(table[[kinds.index(label) for label in labels]], ranked, axis=1)
    if answered is not None:
        hits = hits & answered[:, None]
    return figures_of(hits, labels)


def figures_of(hits: NDArray[np.bool_], labels: Sequence[str]) -> Figures:
    """Return the figures of queries with `labels` (q,); `hits` (q, c) has whether each clip, as ranked, is relevant."""
    kinds = sorted(set(labels))
    measured = np.stack(
        [hits[:, :DEPTH].mean(axis=1), np.where(hits.any(axis=1), 1.0 / (1.0 + hits.argmax(axis=1)), 0.0)], axis=1
    )
    values = [measured[np.flatnonzero([label == kind for label in labels])] for kind in kinds]
    means = [rows.mean(axis=0) for rows in values]
    per_class = {
        kind: (len(rows), float(mean[0]), float(mean[1])) for kind, rows, mean in zip(kinds, values, means, strict=True)
    }
    macro = np.mean(means, axis=0)
    return Figures(float(macro[0]), float(macro[1]), per_class, values)


def random_retrieval(labels: Sequence[str], moods: Sequence[str], mapped: Mapped, seed: int = 0) -> Figures:
    """Return the figures of seeded random rankings, RANDOM_RANKINGS for each label there is."""
    rng = np.random.default_rng(seed)
    queries = [label for label in sorted(set(labels)) for _ in range(RANDOM_RANKINGS)]
    return retrieval(np.stack([rng.permutation(len(moods)) for _ in queries]), queries, moods, mapped)


def oracle_retrieval(labels: Sequence[str], moods: Sequence[str], mapped: Mapped) -> Figures:
    """Return the figures of rankings that know both labels: what could be reached at most."""
    kinds = sorted(set(labels))
    return retrieval(
        ranking(np.array([[mood in mapped[kind] for mood in moods] for kind in kinds]) * 1.0), kinds, moods, mapped
    )
