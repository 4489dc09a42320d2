"""What the text encoder learns from: texts with soft moods, valence and arousal, and the data set's own label."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scorer.emotion import MOODS
from train import data as sets

CLASSES: Final = (*MOODS, "neutral")
# Valence and arousal of each class, in [0, 1]: those of joy, amusement, sadness, caring, excitement, anger, fear and
# neutral in the NRC-VAD lexicon, as AmbianceNet quotes them (norms/vad_labels.tsv).
CLASS_VA: Final = np.array(
    [
        [0.98, 0.824],
        [0.929, 0.837],
        [0.052, 0.288],
        [0.635, 0.469],
        [0.896, 0.684],
        [0.167, 0.865],
        [0.073, 0.84],
        [0.469, 0.184],
    ],
    dtype=np.float32,
)
LABEL_SETS: Final = ("goemotions", "isear", "alm")
Recipe = Mapping[str, Any]
Shares = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A text; `moods` (8,) or None where unknown; `point` is valence and arousal; `label` (set, number) or None."""

    text: str
    moods: Shares | None
    point: tuple[float, float]
    label: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """One side of the split: Alm's tales as runs of sentences, and the sets of single texts."""

    stories: list[list[Example]]
    alm: list[Example]
    isear: list[Example]
    goemotions: list[Example]
    emobank: list[Example]

    def all(self) -> list[Example]:
        """Return every single text."""
        sentences = [sentence for story in self.stories for sentence in story]
        return [*sentences, *self.alm, *self.isear, *self.goemotions, *self.emobank]


def shares(parts: Mapping[str, float]) -> Shares:
    """Return what a recipe's label says as a row (8,) that sums to one."""
    row = np.array([parts.get(name, 0.0) for name in CLASSES], dtype=np.float32)
    if set(parts) - set(CLASSES) or abs(float(row.sum()) - 1.0) > 1e-6:
        raise ValueError(f"shares {dict(parts)} are not shares of {CLASSES} that sum to one")
    return row


def read_corpus(data: Path, recipe: Recipe, side: str) -> Corpus:
    """Return a side of the data: train, dev or test (Potter, and the published or seeded test parts)."""
    tables = {
        name: {label: shares(parts) for label, parts in table.items()} for name, table in recipe["labels"].items()
    }
    stories = _story_sides(data, recipe)
    return Corpus(
        stories=_tales(data, recipe, tables["tales"], {story for story, where in stories.items() if where == side}),
        alm=[
            _labelled(item.text, item.label, tables["alm"], 2)
            for _, item in sets.alm(data)
            if stories[item.group] == side
        ],
        isear=[_labelled(item.text, item.label, tables["isear"], 1) for item in _isear(data, recipe["seed"], side)],
        goemotions=[_comment(text, labels, tables["goemotions"]) for text, labels in sets.goemotions(data, side)],
        emobank=[_rated(item) for item in sets.emobank(data) if item.split == side],
    )


def label_names(recipe: Recipe) -> list[list[str]]:
    """Return the names of each set's labels, in the order of LABEL_SETS."""
    return [list(recipe["labels"][name]) for name in LABEL_SETS]


def draw_epoch(corpus: Corpus, recipe: Recipe, epoch: int) -> list[Example]:
    """Return the texts of one epoch, in no order: windows of the tales, and samples of the rest."""
    rng = random.Random(f"{recipe['seed']}/{epoch}")
    sentences = [sentence for story in corpus.stories for sentence in story]
    comments = rng.sample(corpus.goemotions, min(recipe["goemotions"], len(corpus.goemotions)))
    windows = [draw_window(corpus.stories, recipe, rng) for _ in range(recipe["windows"])]
    return [
        *windows,
        *rng.sample(sentences, len(sentences) // 2),
        *corpus.alm * 2,
        *corpus.isear,
        *comments,
        *corpus.emobank,
    ]


def draw_window(stories: Sequence[Sequence[Example]], recipe: Recipe, rng: random.Random) -> Example:
    """Return a passage of 2 to 7 neighbouring sentences of a tale; its moods are those of its sentences on average."""
    story = rng.choices(stories, weights=[len(story) for story in stories])[0]
    size = min(len(story), rng.randint(2, 7))
    first = rng.randint(0, len(story) - size)
    return join(story[first : first + size], recipe["window_emphasis"])


def join(sentences: Sequence[Example], emphasis: float) -> Example:
    """Join sentences to a passage; one with an emotion counts `emphasis` times a neutral one."""
    rows = np.stack([sentence.moods for sentence in sentences if sentence.moods is not None])
    weights = 1.0 + (emphasis - 1.0) * (1.0 - rows[:, -1])
    moods = np.average(rows, axis=0, weights=weights).astype(np.float32)
    return Example(" ".join(sentence.text for sentence in sentences), moods, _point(moods))


def _story_sides(data: Path, recipe: Recipe) -> dict[str, str]:
    authors = {row.story: row.author for row in sets.tales(data)}
    rng = random.Random(recipe["seed"])
    return {
        story: "test" if author == "Potter" else "dev" if rng.random() < recipe["held_out_stories"] else "train"
        for story, author in sorted(authors.items())
    }


def _tales(data: Path, recipe: Recipe, table: Mapping[str, Shares], chosen: set[str]) -> list[list[Example]]:
    stories: dict[str, list[Example]] = {}
    for row in sets.tales(data):
        if row.story in chosen:
            moods = _voted(row.votes, recipe["tale_votes"], table)
            stories.setdefault(row.story, []).append(Example(row.text, moods, _point(moods)))
    return list(stories.values())


def _voted(votes: Sequence[str], weights: Sequence[float], table: Mapping[str, Shares]) -> Shares:
    """Return the weighted mean of the votes there are; a sentence without any is neutral."""
    given = [(weight, table[vote]) for weight, vote in zip(weights, votes, strict=True) if vote in table]
    if not given:
        return table["N"]
    mean: Shares = np.average([row for _, row in given], axis=0, weights=[w for w, _ in given]).astype(np.float32)
    return mean


def _isear(data: Path, seed: int, side: str) -> Iterable[sets.Labelled]:
    """Yield a stratified 70/15/15 part; all copies of a text are on the side of the first."""
    by_label: dict[str, dict[str, list[sets.Labelled]]] = {}
    first_label: dict[str, str] = {}
    for item in sets.isear(data):
        label = first_label.setdefault(item.group, item.label)
        by_label.setdefault(label, {}).setdefault(item.group, []).append(item)
    for label, groups in sorted(by_label.items()):
        names = sorted(groups)
        random.Random(f"{seed}/{label}").shuffle(names)
        a, b = round(0.7 * len(names)), round(0.85 * len(names))
        for name in {"train": names[:a], "dev": names[a:b], "test": names[b:]}[side]:
            yield from groups[name]


def _labelled(text: str, label: str, table: Mapping[str, Shares], kind: int) -> Example:
    return Example(text, table[label], _point(table[label]), (kind, list(table).index(label)))


def _comment(text: str, labels: Sequence[str], table: Mapping[str, Shares]) -> Example:
    moods = np.mean([table[label] for label in labels], axis=0).astype(np.float32)
    label = (0, list(table).index(labels[0])) if len(labels) == 1 else None
    return Example(text, moods, _point(moods), label)


def _rated(item: sets.Rated) -> Example:
    # Readers' means keep to the middle of the scale: half of it fills [0, 1].
    valence, arousal = np.clip([0.5 + (item.valence - 3.0) / 2.0, 0.5 + (item.arousal - 3.0) / 2.0], 0.0, 1.0)
    return Example(item.text, None, (float(valence), float(arousal)))


def _point(moods: Shares) -> tuple[float, float]:
    valence, arousal = moods @ CLASS_VA
    return float(valence), float(arousal)
