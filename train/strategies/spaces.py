"""Each emotion space from within: text, music and tags in it, and what Won et al. ask of it in Table 4."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score

from scorer.emotion import MOODS
from scorer.evaluate import STRATEGIES
from scorer.evaluate.benchmark import DEFAULT, read_benchmark
from scorer.evaluate.mappings import MAPPINGS, label_names
from scorer.evaluate.strategies import load_strategy
from scorer.nets.sentence_encoder import DEFAULT as SENTENCE_ENCODER
from scorer.nets.sentence_encoder import SentenceEncoder, sentence_vectors
from scorer.nets.text_encoder import TextEncoder
from scorer.nets.vggish import VggishEncoder
from train.strategies.data import read_tags

NEIGHBOURS: Final = 10
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Space:
    """Texts (q, d) with their labels, clips (c, d) with their moods, and tags (k, d) by name where it has any.

    Vectors are of unit length, but for the valence-arousal plane's (`plane`). `texts` is None where text has no place
    in the space of music.
    """

    name: str
    texts: Vectors | None
    labels: list[str]
    music: Vectors
    moods: list[str]
    tags: Mapping[str, Vectors]
    plane: bool = False


@torch.inference_mode()
def read_spaces(dataset: str, data: Path) -> list[Space]:
    """Return the space of every strategy in the box and of the default, with a data set's test queries and clips."""
    queries, clips = read_benchmark(dataset, data)
    texts, music = TextEncoder.load().embed(queries.texts), VggishEncoder.load().embed(clips.features)
    found = [Space(DEFAULT, texts, queries.labels, music, clips.moods, {})]
    features = sentence_vectors(SentenceEncoder(SENTENCE_ENCODER), queries.texts)
    names = (*label_names(dataset), *(mood for mood in MOODS if mood not in label_names(dataset)))
    words = read_tags(data, names)
    for name in STRATEGIES:
        net = load_strategy(dataset, name, features.shape[1]).eval()
        plane = name == "valence-arousal"
        text = None if name == "classification" else net.embed_text(features)
        tags = {
            "valence-arousal": words.points,
            "word2vec": words.vectors,
            "three-branch": net.embed_tags(words.vectors) if name == "three-branch" else None,
        }.get(name)
        found.append(
            Space(
                name,
                None if text is None else _placed(text, plane),
                queries.labels,
                _placed(net.embed_music(torch.from_numpy(clips.features)), plane),
                clips.moods,
                {} if tags is None else dict(zip(names, _placed(tags, plane), strict=True)),
                plane,
            )
        )
    return found


def _placed(vectors: torch.Tensor, plane: bool) -> Vectors:
    placed: Vectors = (vectors if plane else torch.nn.functional.normalize(vectors, dim=1)).numpy()
    return placed


def separation(space: Space) -> float:
    """Return the mean silhouette of clips by mood (Rousseeuw 1987): one where moods lie apart, zero where they mix."""
    return float(silhouette_score(space.music, space.moods, metric=_metric(space)))


def mixing(space: Space) -> float | None:
    """Return how readily text and music are neighbours: clips among texts' ten nearest, against an even mixture."""
    if space.texts is None:
        return None
    both = np.concatenate([space.texts, space.music])
    scores = _likeness(space.texts, both, space.plane)
    np.fill_diagonal(scores, -np.inf)
    nearest = np.argsort(-scores, axis=1, kind="stable")[:, :NEIGHBOURS]
    share = float((nearest >= len(space.texts)).mean())
    return share / (len(space.music) / (len(both) - 1))


def mapped(space: Space, dataset: str) -> tuple[int, int] | None:
    """Return for how many labels the mood whose clips lie nearest on average is one that the manual mapping allows."""
    if space.texts is None:
        return None
    scores = _likeness(space.texts, space.music, space.plane)
    moods, labels = np.array(space.moods), np.array(space.labels)
    allowed = MAPPINGS[dataset]["Manual"]
    hits = 0
    for label in sorted(set(space.labels)):
        means = [float(scores[labels == label][:, moods == mood].mean()) for mood in MOODS]
        hits += MOODS[int(np.argmax(means))] in allowed[label]
    return hits, len(set(space.labels))


def _metric(space: Space) -> str:
    return "euclidean" if space.plane else "cosine"


def _likeness(a: Vectors, b: Vectors, plane: bool) -> NDArray[np.float64]:
    if plane:
        return np.asarray(-np.linalg.norm(a[:, None] - b[None], axis=2), np.float64)
    return np.asarray(a @ b.T, np.float64)
