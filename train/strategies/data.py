"""What the strategies learn from: sentence vectors and labels, VGGish clips and moods, and the tags' vectors."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from scorer.emotion import MOODS
from scorer.evaluate.datasets import of_one_emotion
from scorer.evaluate.mappings import label_names
from train import data as sets
from train.recipe import read_recipe
from train.text import RECIPE
from train.text_examples import read_corpus

AUDIOSET_TRAIN: Final = "music/audioset/bal_train.npz"
HELD_OUT: Final = 7  # every seventh clip of each mood is for validation
# Words that stand for labels that the norms or the vectors have in another form.
WORDS: Final = {
    "angry-disgusted": ("angry", "disgust"),
    "surprised": ("surprise",),
    "sadness": ("sad",),
    "anger": ("angry",),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts and the numbers of their labels, (n,) each."""

    texts: list[str]
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Music:
    """VGGish features uint8 (n, 10, 128) and the numbers of the moods (n,)."""

    sounds: Tensor
    moods: Tensor


@dataclass(frozen=True, slots=True)
class Tags:
    """Points in the plane (k, 2) and unit word vectors (k, 300) of a vocabulary."""

    points: Tensor
    vectors: Tensor


def read_texts(data: Path, dataset: str, side: str) -> Texts:
    """Return the train or dev side of a text data set."""
    names = label_names(dataset)
    if dataset == "goemotions":
        found = of_one_emotion(sets.goemotions(data, side))
    elif dataset == "isear":
        found = [(row.text, row.label) for row in sets.isear(data, side)]
    else:
        recipe = read_recipe(RECIPE)
        chosen = {row.text for row in read_corpus(data, recipe, side).alm}
        found = [(row.text, row.label) for author, row in sets.alm(data) if author != "Potter" and row.text in chosen]
    return Texts([text for text, _ in found], torch.tensor([names.index(label) for _, label in found]))


def read_music(data: Path) -> tuple[Music, Music]:
    """Return AudioSet's balanced training clips: those to learn from, and those held out for validation."""
    with np.load(data / AUDIOSET_TRAIN, allow_pickle=False) as arrays:
        sounds = torch.from_numpy(arrays["vggish"])
        moods = torch.tensor([MOODS.index(str(mood)) for mood in arrays["mood"]])
    held = torch.zeros(len(moods), dtype=torch.bool)
    for mood in range(len(MOODS)):
        held[torch.nonzero(moods == mood).flatten()[::HELD_OUT]] = True
    return Music(sounds[~held], moods[~held]), Music(sounds[held], moods[held])


def read_tags(data: Path, names: Sequence[str]) -> Tags:
    """Return the tags of labels or moods: NRC-VAD values where AmbianceNet quotes them, else the Glasgow Norms'."""
    points, vectors = _points(data), _vectors(data)
    rows = [WORDS.get(name, (name,)) for name in names]
    return Tags(
        torch.tensor(np.array([np.mean([points[word] for word in words], axis=0) for words in rows])).float(),
        torch.nn.functional.normalize(
            torch.tensor(np.array([np.mean([vectors[word] for word in words], axis=0) for words in rows])).float(),
            dim=1,
        ),
    )


def nearest_moods(labels: Tags, moods: Tags) -> Tensor:
    """Return the number of the mood whose word vector is nearest to each label's, (k,)."""
    return (labels.vectors @ moods.vectors.T).argmax(dim=1)


def _points(data: Path) -> dict[str, tuple[float, float]]:
    with (data / "text/norms/glasgow_norms.csv").open(encoding="utf-8", newline="") as lines:
        found = {
            row["Word"]: ((float(row["Valence"]) - 1.0) / 8.0, (float(row["Arousal"]) - 1.0) / 8.0)
            for row in csv.DictReader(lines)
        }
    with (data / "text/norms/vad_labels.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            found[row["label"]] = (float(row["valence"]), float(row["arousal"]))
    return found


def _vectors(data: Path) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float32]]]:
    with np.load(data / "text/vectors/googlenews_300d.npz", allow_pickle=False) as arrays:
        rows = arrays["vectors"].astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return dict(zip((str(word) for word in arrays["words"]), rows, strict=True))
