"""Text-to-music retrieval: from the test sentences of a text data set to AudioSet's mood clips."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.emotion import MOODS
from scorer.errors import DatasetError
from scorer.evaluate.datasets import AUDIOSET_FILE, Clips, Queries, audioset_clips, read_queries, require, text_file
from scorer.evaluate.mappings import MAPPINGS, label_names
from scorer.evaluate.metrics import DEPTH, Figures, oracle_retrieval, random_retrieval, ranking, retrieval
from scorer.nets.registry import DEFAULT_PAIR
from scorer.nets.text_encoder import TextEncoder
from scorer.nets.vggish import VggishEncoder

DEFAULT: Final = "default"  # the strategy of the models in the box


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found: the figures under each mapping, those of random rankings and of perfect ones.

    `confusion` has for each text label how the five first clips are shared among the moods, in the order of MOODS.
    """

    dataset: str
    strategy: str
    queries: int
    clips: int
    mappings: Mapping[str, Figures]
    random: Mapping[str, Figures]
    oracle: Mapping[str, Figures]
    confusion: Mapping[str, list[float]]


def read_benchmark(dataset: str, data: Path | None) -> tuple[Queries, Clips]:
    """Return a data set's test queries and the clips. Raises `DatasetError` where either is missing or malformed."""
    folder = require(data, (text_file(dataset), AUDIOSET_FILE))
    queries, clips = read_queries(dataset, folder), audioset_clips(folder)
    if odd := (set(queries.labels) - set(label_names(dataset))) | (set(clips.moods) - set(MOODS)):
        raise DatasetError(f"{folder}: unknown labels {', '.join(sorted(odd))}; take the files as published")
    return queries, clips


def evaluate_default(
    dataset: str,
    data: Path | None,
    model: str = DEFAULT_PAIR,
    text: TextEncoder | None = None,
    music: VggishEncoder | None = None,
) -> Result:
    """Rank all clips for each query by the inner product of their vectors, with the models in the box by default.

    The text encoder is that of the pair `model`; the clips are heard by the tower on VGGish features.

    Raises `DatasetError` as `read_benchmark` does.
    """
    queries, clips = read_benchmark(dataset, data)
    texts = (text or TextEncoder.load(model=model)).embed(queries.texts)
    scores = texts @ (music or VggishEncoder.load()).embed(clips.features).T
    return judge(dataset, DEFAULT, queries, clips, scores)


def judge(dataset: str, strategy: str, queries: Queries, clips: Clips, scores: NDArray[np.floating]) -> Result:
    """Return the figures of `scores` (q, c), the higher the better; a row of nan is a query without an answer."""
    ranked, answered = ranking(scores), ~np.isnan(scores).any(axis=1)
    maps = MAPPINGS[dataset]
    return Result(
        dataset,
        strategy,
        len(queries.texts),
        len(clips.moods),
        {name: retrieval(ranked, queries.labels, clips.moods, mapped, answered) for name, mapped in maps.items()},
        {name: random_retrieval(queries.labels, clips.moods, mapped) for name, mapped in maps.items()},
        {name: oracle_retrieval(queries.labels, clips.moods, mapped) for name, mapped in maps.items()},
        _confusion(ranked, answered, queries.labels, clips.moods),
    )


def _confusion(
    ranked: NDArray[np.int64], answered: NDArray[np.bool_], labels: list[str], moods: list[str]
) -> Mapping[str, list[float]]:
    heard = np.array([MOODS.index(mood) for mood in moods])[ranked[:, :DEPTH]]
    table = {}
    for label in sorted(set(labels)):
        rows = np.array([other == label for other in labels]) & answered
        counts = np.bincount(heard[rows].ravel(), minlength=len(MOODS))
        table[label] = [float(count) / max(int(counts.sum()), 1) for count in counts]
    return table
