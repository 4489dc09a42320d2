"""`python -m train gate`: the quality gate, which only ratchets up.

`tests/gate.yaml` holds a floor for each figure of the shipped models on validation data. The tests fail below a floor;
this command raises floors to what it measures, less MARGIN for other processors' rounding, and never lowers one.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import numpy as np
import yaml

from scorer.emotion import MOODS, VA_SHARE
from scorer.files import whole_file
from scorer.nets.music_encoder import MusicEncoder
from scorer.nets.text_encoder import TextEncoder
from train import music, text
from train.music_cache import LABELLED
from train.music_figures import figures as music_figures
from train.recipe import read_recipe
from train.space import heard_apart, validation_retrieval
from train.text_examples import draw_passages, read_corpus
from train.text_figures import figures as text_figures

FLOORS: Final = Path(__file__).parents[1] / "tests" / "gate.yaml"
MARGIN: Final = 0.01
FEW: Final = 32


@click.command("gate")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
def command(data: Path) -> None:
    """Measure the shipped models on validation data and raise the floors of tests/gate.yaml."""
    found = measure(data)
    click.echo(json.dumps(found, indent=1))
    before = floors()
    raised = {name: max(before.get(name, 0.0), round(value - MARGIN, 4)) for name, value in found.items()}
    with whole_file(FLOORS) as part:
        part.write_text("# Raised by `python -m train gate`, never lowered.\n" + yaml.safe_dump(raised), "utf-8")


def floors() -> dict[str, float]:
    """Return the floors there are."""
    return dict(yaml.safe_load(FLOORS.read_text(encoding="utf-8")) or {}) if FLOORS.exists() else {}


def measure(data: Path) -> Mapping[str, float]:
    """Return each gated figure of the shipped models."""
    return {**_text(data), **_music(data), **_retrieval(data)}


def _text(data: Path) -> Mapping[str, float]:
    recipe = read_recipe(text.RECIPE)
    corpus = read_corpus(data, recipe, "dev")
    corpus = replace(corpus, goemotions=corpus.goemotions[:FEW])  # not gated: comments are not what the encoder is for
    found = text_figures(TextEncoder.load(device="cpu"), corpus, draw_passages(corpus, recipe, "measure"))
    return {
        "text.alm.macro_f1": found["alm"]["macro_f1"],
        "text.isear.accuracy": found["isear"]["accuracy"],
        "text.isear_labels.accuracy": found["isear_labels"]["accuracy"],
        "text.passages.macro_f1": found["passages"]["macro_f1"],
        "text.emobank.valence_r": found["emobank"]["valence_r"],
        "text.emobank.arousal_r": found["emobank"]["arousal_r"],
    }


def _music(data: Path) -> Mapping[str, float]:
    settings = read_recipe(music.RECIPE)
    clips = music.read_data(data, settings, LABELLED)
    names = sorted(set(clips.windows.clips[clips.held].tolist()))
    heard = MusicEncoder.load(device="cpu").encode([data / "music" / f"{name}.opus" for name in names])
    found = music_figures([clips.labels[name] for name in names], heard.moods, heard.valence_arousal)
    return {
        "music.quadrant_macro_f1": found["quadrant_macro_f1"]["value"],
        "music.mood_auc_panda": found["mood_auc_panda"]["mean"]["value"],
        "music.mood_auc_mirex": found["mood_auc_mirex"]["mean"]["value"],
    }


def _retrieval(data: Path) -> Mapping[str, float]:
    emotions, moods = heard_apart(data)
    best = emotions.moods.argmax(axis=1)
    right = [MOODS[i] == mood for i, mood in zip(best.tolist(), moods, strict=True)]
    found = validation_retrieval(data, [VA_SHARE])[VA_SHARE]
    means = {
        name: float(np.mean([[each.p_at_5, each.mrr] for each in figures.values()])) for name, figures in found.items()
    }
    return {
        "vggish.accuracy": sum(right) / len(right),
        # the mean of P@5 and MRR over three mappings: a single one hangs on which clip comes first
        **{f"retrieval.{name}": value for name, value in means.items()},
    }
