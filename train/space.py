"""`python -m train space`: how text finds music on validation data, by the share that valence and arousal have.

Queries are Alm's sentences from the held-out tales by the Grimms and Andersen; clips are AudioSet's balanced training
part, each heard by a tower that was fitted without its fold. Nothing of the test sides is read.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
import numpy as np
import torch
import yaml
from sklearn.model_selection import StratifiedKFold

from scorer.emotion import MOODS, VA_SHARE, FloatArray, emotion_vector
from scorer.evaluate.mappings import ALM
from scorer.evaluate.metrics import Figures, ranking, retrieval
from scorer.nets.emotions import Emotions
from scorer.nets.text_encoder import TextEncoder
from scorer.nets.vggish import VggishEncoder, statistics
from train import vggish
from train.text import RECIPE
from train.text_examples import read_corpus

SHARES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)


@click.command("space")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
def command(data: Path) -> None:
    """Print P@5 and MRR on validation data for shares of valence and arousal; the shipped share is VA_SHARE."""
    found = {share: validation_retrieval(data, share) for share in sorted({*SHARES, VA_SHARE})}
    rows = {
        str(share): {name: {"p_at_5": each.p_at_5, "mrr": each.mrr} for name, each in figures.items()}
        for share, figures in found.items()
    }
    click.echo(json.dumps(rows, indent=1))


def validation_retrieval(data: Path, share: float = VA_SHARE) -> Mapping[str, Figures]:
    """Return the figures under each mapping."""
    recipe = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))
    rows = read_corpus(data, recipe, "dev").alm
    names = list(recipe["labels"]["alm"])
    labels = [names[row.label[1]] for row in rows if row.label]
    clips, moods = heard_apart(data)
    texts = TextEncoder.load().encode([row.text for row in rows])
    ranked = ranking(_vectors(texts, share) @ _vectors(clips, share).T)
    return {name: retrieval(ranked, labels, moods, mapped) for name, mapped in ALM.items()}


def heard_apart(data: Path) -> tuple[Emotions, list[str]]:
    """Return what towers that have not seen them make of AudioSet's training clips, and the clips' moods."""
    with np.load(data / "music/audioset/bal_train.npz", allow_pickle=False) as arrays:
        features, moods = arrays["vggish"], [str(mood) for mood in arrays["mood"]]
    recipe = yaml.safe_load(vggish.RECIPE.read_text(encoding="utf-8"))
    x, y = statistics(torch.from_numpy(features)).numpy(), np.array([MOODS.index(mood) for mood in moods])
    points = vggish.mood_points(data)
    strength, heat, _ = vggish.choose(x, y, recipe)
    out = Emotions(np.zeros((len(y), len(MOODS)), np.float32), np.zeros((len(y), 2), np.float32))
    folds = StratifiedKFold(recipe["folds"], shuffle=True, random_state=recipe["seed"])
    for seen, unseen in folds.split(x, y):
        net = vggish.fitted(x[seen], y[seen], points, strength, heat, recipe["ridge"])
        heard = VggishEncoder(net=net, digest="").encode(features[unseen])
        out.moods[unseen], out.valence_arousal[unseen] = heard.moods, heard.valence_arousal
    return out, moods


def _vectors(emotions: Emotions, share: float) -> FloatArray:
    return emotion_vector(emotions.moods, emotions.valence_arousal, share)
