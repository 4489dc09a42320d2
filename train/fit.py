"""`python -m train fit RECIPE --data DIR -o FOLDER`: the music encoder on the user's own labels.

DIR holds `labels.tsv` and the sound files that it names. What is fitted are the two heads, moods and valence-arousal;
they are linear in the network's features, which stay, and so does the head that knows music from other sounds. The
heads are those of greatest posterior probability under a Gaussian around the heads that are there: few labels move
them a little, many as far as they say. The strength of that pull is chosen across folds of groups, which give the
figures too.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from scorer.emotion import MOODS
from scorer.nets.music_encoder import MusicEncoder
from scorer.nets.registry import Entry, load_weights, pair
from scorer.nets.resnet import MusicNet
from train.export import export
from train.fit_card import card
from train.fit_data import Labelled, hear_all, read_labels
from train.music_figures import areas
from train.recipe import read_recipe

Targets = tuple[Tensor, Tensor]


@click.command("fit")
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder with labels.tsv and the sounds.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Folder of the new model.")
def command(recipe_file: Path, data: Path, output: Path) -> None:
    """Fit the music encoder to your own labels and write a folder that `--model` takes.

    Stop it when you like: what has been heard is kept in FOLDER/heard, and the next run goes on.
    """
    torch.set_num_threads(1)
    recipe = read_recipe(recipe_file)
    known = pair(recipe["start"]).music
    encoder = MusicEncoder.load(model=recipe["start"], device="cpu")
    rows = read_labels(data)
    features, rows = hear_all(encoder, rows, output / "heard", recipe["clips_per_track"])
    strength, figures = choose(encoder.net, features, rows, recipe)
    net = fitted(encoder.net, features, rows, strength, recipe["iterations"])
    _store(net, known, output, {"recipe": recipe, "strength": strength, "figures": figures}, len(rows))
    click.echo(json.dumps({"tracks": len(rows), "strength": strength, **figures}, indent=1))
    click.echo(f"scorer index PATH... --model {output}", err=True)


def choose(
    net: MusicNet, features: Sequence[Tensor], rows: Sequence[Labelled], recipe: Mapping[str, Any]
) -> tuple[float, dict[str, Any]]:
    """Return the strength of the least cross-validated loss, and the figures there and before."""
    folds = _folds(rows, recipe["folds"], recipe["seed"])
    if len(set(folds.tolist())) < 2:
        raise click.ClickException("labels.tsv: all tracks are of one group; at least two are needed")
    tried = {}
    for strength in recipe["strengths"]:
        moods, points = np.zeros((len(rows), len(MOODS))), np.zeros((len(rows), 2))
        for fold in sorted(set(folds.tolist())):
            seen, unseen = np.flatnonzero(folds != fold).tolist(), np.flatnonzero(folds == fold).tolist()
            fresh = fitted(net, [features[i] for i in seen], [rows[i] for i in seen], strength, recipe["iterations"])
            moods[unseen], points[unseen] = _said(fresh, [features[i] for i in unseen])
        tried[strength] = _figures(moods, points, rows)
    best = min(tried, key=lambda strength: tried[strength]["loss"])
    return best, {"before": _figures(*_said(net, features), rows), "after": tried[best]}


def fitted(
    net: MusicNet, features: Sequence[Tensor], rows: Sequence[Labelled], strength: float, iterations: int
) -> MusicNet:
    """Return a copy of the network with heads fitted to the tracks; each counts as one, however many clips it has."""
    fresh = MusicNet()
    fresh.load_state_dict(net.state_dict())
    heads = (fresh.moods, fresh.valence_arousal)
    begun = [parameter.detach().clone() for head in heads for parameter in head.parameters()]
    x = torch.cat(list(features))
    weight = torch.cat([torch.full((len(part),), 1.0 / len(part)) for part in features]) / len(rows)
    moods, points = (
        torch.repeat_interleave(each, torch.tensor([len(f) for f in features]), dim=0) for each in targets(rows)
    )
    parameters = [parameter for head in heads for parameter in head.parameters()]
    optimiser = torch.optim.LBFGS(parameters, max_iter=iterations, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = (weight * _losses(fresh.moods(x), fresh.valence_arousal(x), moods, points)).sum()
        pull = torch.stack([(new - old).square().sum() for new, old in zip(parameters, begun, strict=True)]).sum()
        loss = loss + strength * pull
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return fresh.eval()


def targets(rows: Sequence[Labelled]) -> Targets:
    """Return shares of moods (n, 7), and valence and arousal (n, 2); rows of nan where nobody said."""
    moods = torch.full((len(rows), len(MOODS)), torch.nan)
    points = torch.full((len(rows), 2), torch.nan)
    for number, row in enumerate(rows):
        if row.moods:
            moods[number] = torch.tensor([float(mood in row.moods) for mood in MOODS]) / len(row.moods)
        if row.point:
            points[number] = torch.tensor(row.point)
    return moods, points


def _losses(mood_logits: Tensor, point_logits: Tensor, moods: Tensor, points: Tensor) -> Tensor:
    """Return (n,): cross-entropy of moods and mean binary cross-entropy of valence and arousal, each where known."""
    mood = functional.cross_entropy(mood_logits, moods.nan_to_num(), reduction="none")
    point = functional.binary_cross_entropy_with_logits(point_logits, points.nan_to_num(), reduction="none").mean(dim=1)
    return torch.where(moods.isnan().any(dim=1), 0.0, mood) + torch.where(points.isnan().any(dim=1), 0.0, point)


@torch.no_grad()
def _said(net: MusicNet, features: Sequence[Tensor]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return moods (n, 7), valence and arousal (n, 2) of tracks, the means over their clips."""
    moods = [torch.softmax(net.moods(each), dim=1).mean(dim=0).double().numpy() for each in features]
    points = [torch.sigmoid(net.valence_arousal(each)).mean(dim=0).double().numpy() for each in features]
    return np.stack(moods), np.stack(points)


def _figures(moods: NDArray[np.float64], points: NDArray[np.float64], rows: Sequence[Labelled]) -> dict[str, Any]:
    wanted, place = (each.double().numpy() for each in targets(rows))
    with_moods, with_point = ~np.isnan(wanted).any(axis=1), ~np.isnan(place).any(axis=1)
    tiny = 1e-6
    clipped = np.clip(points, tiny, 1.0 - tiny)
    entropy = -(np.nan_to_num(wanted) * np.log(np.clip(moods, tiny, None))).sum(axis=1)
    binary = -(np.nan_to_num(place) * np.log(clipped) + (1.0 - np.nan_to_num(place)) * np.log(1.0 - clipped)).mean(
        axis=1
    )
    found: dict[str, Any] = {"loss": round(float((entropy * with_moods + binary * with_point).mean()), 4)}
    if with_moods.any():
        aucs = areas(wanted[with_moods] > 0.0, moods[with_moods])
        found["mood_auc"] = {m: round(float(a), 3) for m, a in zip(MOODS, aucs, strict=True) if np.isfinite(a)}
    if with_point.any():
        gaps = np.abs(points - place)[with_point].mean(axis=0)
        found["mean_error"] = dict(zip(("valence", "arousal"), (round(float(gap), 3) for gap in gaps), strict=True))
    return found


def _folds(rows: Sequence[Labelled], folds: int, seed: int) -> NDArray[np.int64]:
    """Return (n,) the fold of each track: groups are dealt in a seeded order, each to the fold with the fewest."""
    groups = sorted({row.group for row in rows})
    filled, fold_of = [0] * min(folds, len(groups)), {}
    for number in np.random.default_rng(seed).permutation(len(groups)).tolist():
        fold_of[groups[number]] = fold = filled.index(min(filled))
        filled[fold] += sum(row.group == groups[number] for row in rows)
    return np.array([fold_of[row.group] for row in rows])


def _store(net: MusicNet, known: Entry, output: Path, notes: Mapping[str, Any], tracks: int) -> None:
    weights = load_weights(known)
    for name in ("moods", "valence_arousal"):
        head = net.get_submodule(name)
        weights[f"{name}.weight"] = head.get_parameter("weight").detach().half()
        weights[f"{name}.bias"] = head.get_parameter("bias").detach()
    licence = f"{notes['recipe']['licence']}; of the weights that it starts from: {known.licence}"
    export(
        "music",
        weights,
        notes=notes,
        licence=licence,
        trained_on=[*known.trained_on, f"{tracks} tracks with labels of your own"],
        folder=output,
    )
    (output / "music.md").write_text(card(notes, known, tracks), encoding="utf-8")
