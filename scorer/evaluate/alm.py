"""Text-to-music retrieval from Alm's tales to AudioSet's mood clips."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scorer.emotion import MOODS
from scorer.errors import DatasetError
from scorer.evaluate.datasets import ALM_FILE, AUDIOSET_FILE, alm_queries, audioset_clips, require
from scorer.evaluate.mappings import ALM
from scorer.evaluate.metrics import Figures, random_retrieval, ranking, retrieval
from scorer.nets.text_encoder import TextEncoder
from scorer.nets.vggish import VggishEncoder


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found: the figures under each mapping, and those of random rankings."""

    dataset: str
    queries: int
    clips: int
    mappings: Mapping[str, Figures]
    random: Mapping[str, Figures]


def evaluate_alm(data: Path | None, text: TextEncoder | None = None, music: VggishEncoder | None = None) -> Result:
    """Rank all clips for each sentence by the inner product of their vectors, with the models in the box by default.

    Raises `DatasetError` where the data is missing or malformed.
    """
    folder = require(data, (ALM_FILE, AUDIOSET_FILE))
    queries, clips = alm_queries(folder), audioset_clips(folder)
    if odd := (set(queries.labels) - set(ALM["VA"])) | (set(clips.moods) - set(MOODS)):
        raise DatasetError(f"{folder}: unknown labels {', '.join(sorted(odd))}; take the files as published")
    texts = (text or TextEncoder.load()).embed(queries.texts)
    ranked = ranking(texts @ (music or VggishEncoder.load()).embed(clips.features).T)
    return Result(
        "alm",
        len(queries.texts),
        len(clips.moods),
        {name: retrieval(ranked, queries.labels, clips.moods, mapped) for name, mapped in ALM.items()},
        {name: random_retrieval(queries.labels, clips.moods, mapped) for name, mapped in ALM.items()},
    )
