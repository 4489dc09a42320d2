"""`python -m train reach`: how texts find music on validation data, by how far out in the plane it is placed.

Queries are those of `python -m train space`; clips are the labelled ones that the music encoder in the box has not
learned from, and answer a label where one of their moods is among those that a mapping wants.
"""

import json
from pathlib import Path
from typing import Final

import click
import numpy as np

from scorer.emotion import MUSIC_REACH
from scorer.evaluate.mappings import MAPPINGS
from scorer.evaluate.metrics import figures_of, ranking
from scorer.nets.emotions import Emotions
from scorer.nets.music_encoder import MusicEncoder
from scorer.nets.text_encoder import TextEncoder
from train import music, text
from train.music_cache import LABELLED
from train.recipe import read_recipe
from train.space import labels_of, texts_of
from train.text_examples import read_corpus

REACHES: Final = (0.0, 0.2, 0.3, 0.5, 0.7, 1.0)


@click.command("reach")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
def command(data: Path) -> None:
    """Print mean P@5 and MRR on validation data for several reaches; the shipped one is MUSIC_REACH."""
    read = music.read_data(data, read_recipe(music.RECIPE), LABELLED)
    names = [name for name in sorted(set(read.windows.clips[read.held].tolist())) if read.labels[name].moods]
    moods = [read.labels[name].moods for name in names]
    heard = MusicEncoder.load(device="cpu").encode([data / "music" / f"{name}.opus" for name in names])
    corpus, encoder = read_corpus(data, read_recipe(text.RECIPE), "dev"), TextEncoder.load(device="cpu")
    sets = {name: (encoder.embed(texts_of(corpus, name)), labels_of(corpus, name)) for name in ("alm", "isear")}
    for reach in sorted({*REACHES, MUSIC_REACH}):
        clips = Emotions.of_clips(heard.moods, heard.valence_arousal, heard.music, reach).vectors
        found = {}
        for name, (vectors, labels) in sets.items():
            ranked = ranking(vectors @ clips.T)
            rows = []
            for mapped in MAPPINGS[name].values():
                wanted = np.array([[bool(mapped[label] & each) for each in moods] for label in labels])
                figures = figures_of(np.take_along_axis(wanted, ranked, axis=1), labels)
                rows.append((figures.p_at_5, figures.mrr))
            found[name] = np.mean(rows, axis=0).round(4).tolist()
        click.echo(json.dumps({"reach": reach, **found}))
