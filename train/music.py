"""`python -m train music`: train, export and check the music encoder in the box."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
import yaml
from numpy.typing import NDArray

from scorer.errors import DatasetError
from scorer.files import whole_file
from scorer.nets.music_encoder import MusicEncoder
from scorer.nets.tag_net import TAGS
from train.music_augment import Augment
from train.music_beside import beside_of
from train.music_cache import Label, Windows, pictures, read_labels, read_windows
from train.music_calibrate import calibrate, hear
from train.music_export import export_music
from train.music_loop import Schedule, fit
from train.music_loss import lessons
from train.music_refit import refit
from train.music_split import held_out_rows
from train.music_targets import build_targets
from train.musicnn import published
from train.recipe import RECIPES, RUNS, read_recipe

RECIPE = RECIPES / "music.yaml"


@dataclass(frozen=True, slots=True)
class Music:
    """The data as the recipe splits it."""

    windows: Windows
    labels: Mapping[str, Label]
    held: NDArray[np.bool_]  # (n,) windows that nothing is fitted on


@click.command("music")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
@click.option("--debian", type=click.Path(path_type=Path), help="Folder with one unpacked Debian package a folder.")
@click.option("--recipe", type=click.Path(path_type=Path), default=RECIPE, help="Another recipe than the shipped one.")
@click.option("--run", "name", default="music", help="Name of the run: its checkpoint and history lie in runs/NAME.")
@click.option("--figures", "only_figures", is_flag=True, help="Print the figures of the model in the box, only.")
def command(data: Path, debian: Path | None, recipe: Path, name: str, only_figures: bool) -> None:
    """Train the music encoder, or go on where a run stopped, and write it to models/."""
    torch.set_num_threads(1)
    settings = read_recipe(recipe)
    if "debian" in settings["sources"] and debian is None and not only_figures:
        raise click.UsageError("this recipe learns from Debian's music: name the folder of its packages with --debian")
    music = read_data(data, settings, settings["sources"])
    if not only_figures:
        _train(music, settings, data / "music", debian, _begin(RUNS / name, settings))
    from train.music_check import check

    click.echo(json.dumps(check(settings["pair"], music, data / "music", debian), indent=1))


def read_data(data: Path, settings: Mapping[str, Any], sources: Sequence[str]) -> Music:
    """Read the windows of some sources and split them. Raises `DatasetError` where it is missing."""
    folder = data / "music"
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder; --data wants the folder that holds music/, text/ and books/")
    windows, labels = read_windows(folder, sources), read_labels(folder)
    held = held_out_rows(windows, labels, folds=settings["folds"], held_out=settings["held_out"], seed=settings["seed"])
    return Music(windows, labels, held)


def _begin(run: Path, settings: Mapping[str, Any]) -> Path:
    """Return the run's folder, new or begun with the same settings: other weights must not pass for these."""
    run.mkdir(parents=True, exist_ok=True)
    path = run / "recipe.yaml"
    if path.exists() and yaml.safe_load(path.read_text(encoding="utf-8")) != settings:
        raise click.ClickException(f"{run}: was begun with another recipe; remove it, or name another with --run")
    with whole_file(path) as part:
        part.write_text(yaml.safe_dump(dict(settings), sort_keys=False), encoding="utf-8")
    return run


def _train(music: Music, settings: Mapping[str, Any], folder: Path, debian: Path | None, run: Path) -> None:
    log_powers = pictures(music.windows, folder, debian, RUNS)
    branch = published()
    beside = beside_of(branch, music.windows, folder, debian, RUNS)
    targets = build_targets(music.windows, beside[:, :TAGS], music.labels, ~music.held, settings["targets"])
    learned = np.flatnonzero(~music.held)
    trained = fit(
        log_powers,
        beside,
        learned,
        lessons(music.windows, targets, ~music.held),
        schedule=Schedule(**{field.name: settings[field.name] for field in fields(Schedule)}),
        losses=settings["losses"],
        how=Augment(**settings["augment"]),
        folder=run,
        start=MusicEncoder.load(model=settings["start"], device="cpu").net if settings["start"] else None,
    )
    trained.net.tags.load_state_dict(branch.state_dict())
    refit(
        trained.net, hear(trained.net, log_powers, beside, learned).features, targets.rows(learned), settings["refit"]
    )
    temperatures = calibrate(trained.net, log_powers, beside, np.flatnonzero(music.held), targets)
    export_music(trained.net, settings, temperatures=temperatures, run=run)
