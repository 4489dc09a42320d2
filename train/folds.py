"""`python -m train folds`: the music encoder's recipe over ten folds of artists, and from one set to another.

Every clip is judged by a network that has neither heard it nor any clip of its artist; the networks start from the
permissive pair's, which has heard Debian's music alone. Stopped, it goes on with the fold it was at.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import torch
from numpy.typing import NDArray

from scorer.files import whole_file
from scorer.nets.music_encoder import MusicEncoder
from scorer.nets.tag_net import TAGS
from train.music_augment import Augment
from train.music_beside import beside_of
from train.music_cache import LABELLED, FloatArray, Label, Windows, pictures, read_labels, read_windows
from train.music_calibrate import hear
from train.music_figures import figures
from train.music_loop import Schedule, fit
from train.music_loss import Lessons, lessons
from train.music_refit import refit
from train.music_split import held_out_rows
from train.music_targets import Targets, build_targets
from train.musicnn import published
from train.recipe import RECIPES, RUNS, read_recipe

RECIPE: Final = RECIPES / "music-folds.yaml"


@click.command("folds")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
@click.option("--run", "name", default="folds", help="Name of the run: its checkpoints lie in runs/NAME.")
def command(data: Path, name: str) -> None:
    """Measure the music encoder's recipe over ten folds of artists, and from Panda's clips to MIREX's."""
    torch.set_num_threads(1)
    settings = read_recipe(RECIPE)
    windows, labels = read_windows(data / "music", LABELLED), read_labels(data / "music")
    beside = beside_of(published(), windows, data / "music", None, RUNS)
    log_powers = pictures(windows, data / "music", None, RUNS)
    moods, points = np.zeros((len(windows.clips), 7), np.float32), np.zeros((len(windows.clips), 2), np.float32)
    for fold in range(settings["folds"]):
        held = held_out_rows(windows, labels, folds=settings["folds"], held_out=fold, seed=settings["seed"])
        moods[held], points[held] = _judged(
            windows, beside, labels, log_powers, ~held, held, settings, RUNS / name / f"{fold}"
        )
    found = {"folds": _figures(windows, labels, np.ones(len(moods), np.bool_), moods, points)}
    panda = windows.sources == "panda"
    heard = {labels[clip].artist_group for clip in windows.clips[panda].tolist()}
    others = ~panda & np.array([labels[clip].artist_group not in heard for clip in windows.clips.tolist()])
    moods[others], points[others] = _judged(
        windows, beside, labels, log_powers, panda, others, settings, RUNS / name / "panda-to-mirex"
    )
    found["panda to mirex"] = _figures(windows, labels, others, moods, points)
    click.echo(json.dumps(found, indent=1))


def _judged(
    windows: Windows,
    beside: FloatArray,
    labels: Mapping[str, Label],
    log_powers: NDArray[np.float16],
    seen: NDArray[np.bool_],
    unseen: NDArray[np.bool_],
    settings: Mapping[str, Any],
    run: Path,
) -> tuple[FloatArray, FloatArray]:
    """Train on the windows `seen`; return moods and valence and arousal of those `unseen`."""
    kept = run / "judged.npz"
    if not kept.exists():
        run.mkdir(parents=True, exist_ok=True)
        own, learned = windows.rows(seen), np.flatnonzero(seen)
        targets = build_targets(own, beside[seen, :TAGS], labels, np.ones(len(learned), np.bool_), settings["targets"])
        trained = fit(
            log_powers,
            beside,
            learned,
            _lessons(own, targets, seen),
            schedule=Schedule(**{field.name: settings[field.name] for field in fields(Schedule)}),
            losses=settings["losses"],
            how=Augment(**settings["augment"]),
            folder=run,
            start=MusicEncoder.load(model=settings["start"], device="cpu").net,
        )
        refit(trained.net, hear(trained.net, log_powers, beside, learned).features, targets, settings["refit"])
        heard = hear(trained.net, log_powers, beside, np.flatnonzero(unseen))
        with whole_file(kept) as part, part.open("wb") as file:
            moods, points = torch.softmax(heard.moods, dim=1), torch.sigmoid(heard.valence_arousal)
            np.savez(file, moods=moods.numpy(), points=points.numpy())
    with np.load(kept) as arrays:
        return arrays["moods"], arrays["points"]


def _lessons(own: Windows, targets: Targets, seen: NDArray[np.bool_]) -> Lessons:
    """Return the lessons of `own`, the windows `seen`, in their places among all, and zeros for the others."""
    made = lessons(own, targets, np.ones(len(own.clips), np.bool_))
    rows = torch.from_numpy(np.flatnonzero(seen))
    whole = {field.name: getattr(made, field.name) for field in fields(Lessons)}
    return Lessons(**{k: v.new_zeros(len(seen), *v.shape[1:]).index_copy(0, rows, v) for k, v in whole.items()})


def _figures(
    windows: Windows, labels: Mapping[str, Label], rows: NDArray[np.bool_], moods: FloatArray, points: FloatArray
) -> Mapping[str, Any]:
    """Return the figures of clips, each the mean over its windows."""
    names, clip = np.unique(windows.clips[rows], return_inverse=True)
    count = np.bincount(clip)[:, None]
    sums = (np.stack([np.bincount(clip, column) for column in x[rows].T], axis=1) for x in (moods, points))
    means = [(each / count).astype(np.float32) for each in sums]
    return figures([labels[str(name)] for name in names], means[0], means[1])
