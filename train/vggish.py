"""`python -m train vggish`: the tower on AudioSet's VGGish features, a regularised regression on their statistics."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from scorer.emotion import MOODS
from scorer.nets.vggish import VggishNet, statistics
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
    with np.load(data / "music/audioset/bal_train.npz", allow_pickle=False) as arrays:
        x = statistics(torch.from_numpy(arrays["vggish"])).numpy()
        y = np.array([MOODS.index(str(mood)) for mood in arrays["mood"]])
    points = mood_points(data)
    strength, heat, found = choose(x, y, recipe)
    net = fitted(x, y, points, strength, heat, recipe["ridge"])
    notes = {"recipe": recipe, "strength": strength, "temperature": heat, "figures": found}
    export("vggish", net.state_dict(), notes=notes, licence=LICENCE, trained_on=TRAINED_ON)
    click.echo(json.dumps({"strength": strength, "temperature": heat, **found}, indent=1))


def mood_points(data: Path) -> Floats:
    """Return valence and arousal of the moods, (7, 2)."""
    with (data / "text/norms/vad_labels.tsv").open(encoding="utf-8", newline="") as lines:
        rows = {row["label"]: row for row in csv.DictReader(lines, delimiter="\t") if row["kind"] == "music"}
    return np.array([[float(rows[mood]["valence"]), float(rows[mood]["arousal"])] for mood in MOODS], dtype=np.float32)


def choose(x: Floats, y: NDArray[np.int64], recipe: Mapping[str, Any]) -> tuple[float, float, Mapping[str, float]]:
    """Return the strength and the temperature of the least cross-validated cross-entropy, and the figures there."""
    tried = []
    for strength in recipe["strengths"]:
        logits = cross_validated(x, y, strength, recipe)
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


def cross_validated(x: Floats, y: NDArray[np.int64], strength: float, recipe: Mapping[str, Any]) -> Floats:
    """Return logits (n, 7) of each clip by a regression that has not seen it."""
    logits = np.zeros((len(y), len(MOODS)), dtype=np.float32)
    folds = StratifiedKFold(recipe["folds"], shuffle=True, random_state=recipe["seed"])
    for train, test in folds.split(x, y):
        mean, deviation = _scale(x[train])
        model = _regression(strength).fit((x[train] - mean) / deviation, y[train])
        logits[test] = model.decision_function((x[test] - mean) / deviation)
    return logits


def fitted(x: Floats, y: NDArray[np.int64], points: Floats, strength: float, heat: float, ridge: float) -> VggishNet:
    """Return the network fitted to all clips."""
    mean, deviation = _scale(x)
    z = (x - mean) / deviation
    moods, plane = _regression(strength).fit(z, y), Ridge(alpha=ridge).fit(z, points[y])
    net = VggishNet()
    weights: Sequence[tuple[torch.Tensor, Any]] = (
        (net.mean, mean),
        (net.deviation, deviation),
        (net.moods.weight, moods.coef_ / heat),
        (net.moods.bias, moods.intercept_ / heat),
        (net.valence_arousal.weight, plane.coef_),
        (net.valence_arousal.bias, plane.intercept_),
    )
    with torch.no_grad():
        for tensor, values in weights:
            tensor.copy_(torch.from_numpy(np.asarray(values, dtype=np.float32)))
    return net


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=2000)


def _scale(x: Floats) -> tuple[Floats, Floats]:
    return x.mean(axis=0), x.std(axis=0) + np.float32(1e-4)


def _softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)


def _entropy(logits: Floats, y: NDArray[np.int64]) -> float:
    return float(-np.log(_softmax(logits)[np.arange(len(y)), y] + 1e-12).mean())
