"""Retrieval metrics: precision at five and mean reciprocal rank, averaged over classes.

For each text query all clips are ranked. A clip is relevant if its mood is among those that the query's label maps to.
P@5 is the share of relevant clips among the first five; the reciprocal rank is one over the rank of the first relevant
clip, zero where there is none. Both are averaged over the queries of a label, then over labels (macro), after Won et
al. (ISMIR 2021).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.evaluate.mappings import Mapped

DEPTH: Final = 5
RANDOM_RANKINGS: Final = 200  # seeded shuffles behind the random baseline, a label


@dataclass(frozen=True, slots=True)
class Figures:
    """Macro P@5 and MRR, and for each text label its own (queries, P@5, MRR)."""

    p_at_5: float
    mrr: float
    per_class: Mapping[str, tuple[int, float, float]]


def ranking(scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the clips of each query, (q, c), the highest score first; of equals, the first clip."""
    return np.argsort(-scores, axis=1, kind="stable")


def retrieval(ranked: NDArray[np.int64], labels: Sequence[str], moods: Sequence[str], mapped: Mapped) -> Figures:
    """Return the figures of rankings (q, c) of clips with `moods` (c,) for queries with `labels` (q,).

    Raises `ValueError` where the lengths do not agree or a label is not mapped.
    """
    if ranked.shape != (len(labels), len(moods)) or len(labels) == 0 or set(labels) - set(mapped):
        raise ValueError(f"rankings {ranked.shape}, {len(labels)} labels and {len(moods)} moods do not agree")
    relevant = np.array([[mood in mapped[label] for mood in moods] for label in labels])
    hits = np.take_along_axis(relevant, ranked, axis=1)
    precision = hits[:, :DEPTH].mean(axis=1)
    reciprocal = np.where(hits.any(axis=1), 1.0 / (1.0 + hits.argmax(axis=1)), 0.0)
    per_class = {}
    for label in sorted(set(labels)):
        rows = np.array([other == label for other in labels])
        per_class[label] = (int(rows.sum()), float(precision[rows].mean()), float(reciprocal[rows].mean()))
    macro = np.mean([figures[1:] for figures in per_class.values()], axis=0)
    return Figures(float(macro[0]), float(macro[1]), per_class)


def random_retrieval(labels: Sequence[str], moods: Sequence[str], mapped: Mapped, seed: int = 0) -> Figures:
    """Return the figures of seeded random rankings, RANDOM_RANKINGS for each label there is."""
    rng = np.random.default_rng(seed)
    queries = [label for label in sorted(set(labels)) for _ in range(RANDOM_RANKINGS)]
    return retrieval(np.stack([rng.permutation(len(moods)) for _ in queries]), queries, moods, mapped)
