"""`python -m train vggish`: the tower on AudioSet's VGGish features, a kernel regression on moments.

Each moment of two seconds is an example with its clip's mood; that is nine times as many as there are clips. The
kernel is approximated by anchors (Nystroem's method, Williams and Seeger 2001), moments drawn at random.
"""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from scorer.emotion import MOODS
from scorer.nets.vggish import ANCHORS, FEATURES, VggishNet, moments
from train.export import export
from train.recipe import RECIPES, read_recipe
from train.text_figures import calibration_error

RECIPE = RECIPES / "vggish.yaml"
LICENCE = "CC BY 4.0 (AudioSet's)"
TRAINED_ON = (
    "AudioSet, VGGish features of the balanced training part's mood clips (CC BY 4.0)",
    "valence and arousal of the seven moods, quoted from NRC-VAD by AmbianceNet",
)
TEMPERATURES = np.geomspace(0.4, 2.5, 61)
Floats = NDArray[np.float32]


@click.command("vggish")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
def command(data: Path) -> None:
    """Train the VGGish tower, write it to models/ and print its cross-validated figures."""
    recipe = read_recipe(RECIPE)
    x, y = read_clips(data)
    points = mood_points(data)
    strength, heat, found = choose(x, y, points, recipe)
    net = fitted(x, y, points, strength, heat, recipe)
    notes = {"recipe": recipe, "strength": strength, "temperature": heat, "figures": found}
    export("vggish", net.state_dict(), notes=notes, licence=LICENCE, trained_on=TRAINED_ON)
    click.echo(json.dumps({"strength": strength, "temperature": heat, **found}, indent=1))


def read_clips(data: Path) -> tuple[Floats, NDArray[np.int64]]:
    """Return AudioSet's training clips, features (n, 10, 128) in [0, 255], and the numbers of their moods (n,)."""
    with np.load(data / "music/audioset/bal_train.npz", allow_pickle=False) as arrays:
        moods = [MOODS.index(str(mood)) for mood in arrays["mood"]]
        return arrays["vggish"].astype(np.float32), np.array(moods)


def mood_points(data: Path) -> Floats:
    """Return valence and arousal of the moods, (7, 2)."""
    with (data / "text/norms/vad_labels.tsv").open(encoding="utf-8", newline="") as lines:
        rows = {row["label"]: row for row in csv.DictReader(lines, delimiter="\t") if row["kind"] == "music"}
    return np.array([[float(rows[mood]["valence"]), float(rows[mood]["arousal"])] for mood in MOODS], dtype=np.float32)


def choose(
    x: Floats, y: NDArray[np.int64], points: Floats, recipe: Mapping[str, Any]
) -> tuple[float, float, Mapping[str, float]]:
    """Return the strength and the temperature of the least cross-validated cross-entropy, and the figures there."""
    tried = []
    for strength in recipe["strengths"]:
        logits = heard_apart(x, y, points, strength, 1.0, recipe)[0]
        losses = [_entropy(logits / heat, y) for heat in TEMPERATURES]
        best = int(np.argmin(losses))
        tried.append((losses[best], strength, float(TEMPERATURES[best]), logits / TEMPERATURES[best]))
    entropy, strength, heat, logits = min(tried, key=lambda row: row[0])
    chances = _softmax(logits)
    answer = chances.argmax(axis=1)
    found = {
        "clips": len(y),
        "accuracy": float((answer == y).mean()),
        "macro_f1": float(f1_score(y, answer, average="macro")),
        "cross_entropy": entropy,
        "calibration_error": calibration_error(chances, np.eye(len(MOODS), dtype=np.float32)[y]),
    }
    return strength, heat, found


@torch.inference_mode()
def heard_apart(
    x: Floats, y: NDArray[np.int64], points: Floats, strength: float, heat: float, recipe: Mapping[str, Any]
) -> tuple[Floats, Floats]:
    """Return mood logits (n, 7), and valence and arousal (n, 2), of each clip by a network that has not seen it."""
    logits, plane = np.zeros((len(y), len(MOODS)), np.float32), np.zeros((len(y), 2), np.float32)
    folds = StratifiedKFold(recipe["folds"], shuffle=True, random_state=recipe["seed"])
    for seen, unseen in folds.split(x, y):
        net = fitted(x[seen], y[seen], points, strength, heat, recipe).eval()
        logits[unseen], plane[unseen] = (found.numpy() for found in net(torch.from_numpy(x[unseen])))
    return logits, plane


def fitted(
    x: Floats, y: NDArray[np.int64], points: Floats, strength: float, heat: float, recipe: Mapping[str, Any]
) -> VggishNet:
    """Return the network fitted to clips x (n, 10, 128) of moods y (n,)."""
    apart = moments(torch.from_numpy(x)).numpy()
    each, answers = apart.reshape(-1, FEATURES[1]), np.repeat(y, apart.shape[1])
    mean, deviation = each.mean(axis=0), each.std(axis=0) + np.float32(1e-4)
    kernel = Nystroem(gamma=recipe["gamma"], n_components=ANCHORS, random_state=recipe["seed"])
    near = kernel.fit_transform((each - mean) / deviation)
    moods = LogisticRegression(C=strength, max_iter=2000).fit(near, answers)
    plane = Ridge(alpha=recipe["ridge"]).fit(near, points[answers])
    net = VggishNet()
    buffers = ((net.mean, mean), (net.deviation, deviation), (net.anchors, kernel.components_))
    heads = ((net.moods, moods, heat), (net.valence_arousal, plane, 1.0))
    with torch.no_grad():
        for tensor, values in buffers:
            tensor.copy_(torch.from_numpy(np.asarray(values, dtype=np.float32)))
        net.gamma.fill_(recipe["gamma"])
        for head, model, divisor in heads:
            head.weight.copy_(torch.from_numpy(model.coef_ @ kernel.normalization_ / divisor))
            head.bias.copy_(torch.from_numpy(np.asarray(model.intercept_ / divisor)))
    return net


def _softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)


def _entropy(logits: Floats, y: NDArray[np.int64]) -> float:
    return float(-np.log(_softmax(logits)[np.arange(len(y)), y] + 1e-12).mean())
