"""`python -m train space`: how text finds music on validation data, by the share that valence and arousal have.

Queries are Alm's sentences from the held-out tales by the Grimms and Andersen, and ISEAR's validation part; clips are
AudioSet's balanced training part, each heard by a tower that was fitted without its fold. Nothing of the test sides
is read.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
import numpy as np
import torch

from scorer.emotion import MOODS, VA_SHARE, FloatArray
from scorer.evaluate.mappings import MAPPINGS
from scorer.evaluate.metrics import Figures, ranking, retrieval
from scorer.nets.emotions import Emotions
from scorer.nets.labels import LABELS, label_slice
from scorer.nets.text_encoder import TextEncoder
from train import vggish
from train.recipe import read_recipe
from train.text import RECIPE
from train.text_examples import Corpus, read_corpus

SHARES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
Found = Mapping[str, Mapping[str, Figures]]


@click.command("space")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
def command(data: Path) -> None:
    """Print P@5 and MRR on validation data for shares of valence and arousal; the shipped share is VA_SHARE."""
    found = validation_retrieval(data, sorted({*SHARES, VA_SHARE}))
    for share, sets in found.items():
        rows = {
            f"{name}.{mapping}": (round(each.p_at_5, 4), round(each.mrr, 4))
            for name, figures in sets.items()
            for mapping, each in figures.items()
        }
        click.echo(json.dumps({"share": share, **rows}))


def validation_retrieval(data: Path, shares: list[float]) -> Mapping[float, Found]:
    """Return for each share and data set the figures under each mapping."""
    recipe = read_recipe(RECIPE)
    corpus, encoder = read_corpus(data, recipe, "dev"), TextEncoder.load()
    clips, moods = heard_apart(data)
    texts = {name: encoder.embed(texts_of(corpus, name)) for name in ("alm", "isear")}
    found: dict[float, Found] = {}
    for share in shares:
        sets = {}
        for name, vectors in texts.items():
            ranked = ranking(_reshared(vectors, share) @ _reshared(clips.vectors, share).T)
            labels = labels_of(corpus, name)
            sets[name] = {key: retrieval(ranked, labels, moods, mapped) for key, mapped in MAPPINGS[name].items()}
        found[share] = sets
    return found


def texts_of(corpus: Corpus, name: str) -> list[str]:
    """Return the texts of one of a corpus's labelled sets."""
    return [row.text for row in getattr(corpus, name)]


def labels_of(corpus: Corpus, name: str) -> list[str]:
    """Return the labels of one of a corpus's labelled sets."""
    return [LABELS[name][row.label - label_slice(name).start] for row in getattr(corpus, name)]


def heard_apart(data: Path) -> tuple[Emotions, list[str]]:
    """Return what towers that have not seen them make of AudioSet's training clips, and the clips' moods."""
    recipe, points = read_recipe(vggish.RECIPE), vggish.mood_points(data)
    x, y = vggish.read_clips(data)
    strength, heat, _ = vggish.choose(x, y, points, recipe)
    logits, plane = vggish.heard_apart(x, y, points, strength, heat, recipe)
    chances = torch.softmax(torch.from_numpy(logits), dim=1).numpy()
    return Emotions.of_clips(chances, plane), [MOODS[number] for number in y.tolist()]


def _reshared(vectors: FloatArray, share: float) -> FloatArray:
    """Return vectors of the emotion space as they would be with another share of valence and arousal."""
    moods, plane = np.sqrt((1.0 - share) / (1.0 - VA_SHARE)), np.sqrt(share / VA_SHARE)
    weights = np.array([moods] * len(MOODS) + [1.0] + [plane] * 3 + [moods], dtype=np.float32)
    return vectors * weights
