"""What the text encoder learns from: texts with soft moods, valence and arousal, and the data set's own label."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scorer.emotion import MOODS
from scorer.nets.labels import LABELS, label_slice
from train import data as sets
from train.affinity import Affinity

CLASSES: Final = (*MOODS, "neutral")
PASSAGES: Final = 800  # windows of held-out tales that temperatures are fitted on, and as many that figures are of
# Mean and deviation of EmoBank's valence and arousal, on its scale of 1 to 5, over its training part.
RATING_MEAN: Final = np.array([2.978, 3.044])
RATING_DEVIATION: Final = np.array([0.350, 0.262])
RATING_SPREAD: Final = 0.18
Recipe = Mapping[str, Any]
Shares = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A text; `point` is valence and arousal; `label` is the number of the text network's output, or None.

    `moods` (2, 8), or None where unknown: shares of what the text feels like, and of the music that suits it.
    `rated`: the point is a mean of readers' ratings, not read off the moods.
    """

    text: str
    moods: Shares | None
    point: tuple[float, float]
    label: int | None = None
    rated: bool = False


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


def _rows(label: str, parts: Mapping[str, float], affinity: Affinity) -> Shares:
    own = shares(parts)
    return np.stack([own, affinity.row(label, own.astype(np.float64))]).astype(np.float32)


def read_corpus(data: Path, recipe: Recipe, side: str) -> Corpus:
    """Return a side of the data: train, dev or test (Potter, and the published or seeded test parts)."""
    affinity = Affinity(data, recipe["affinity"])
    tables = {
        name: {label: _rows(label, parts, affinity) for label, parts in table.items()}
        for name, table in recipe["labels"].items()
    }
    stories = _story_sides(data, recipe)
    return Corpus(
        stories=_tales(data, recipe, tables["tales"], {story for story, where in stories.items() if where == side}),
        alm=[
            _labelled(item.text, item.label, tables, "alm", recipe)
            for _, item in sets.alm(data)
            if stories[item.group] == side
        ],
        isear=[_labelled(item.text, item.label, tables, "isear", recipe) for item in sets.isear(data, side)],
        goemotions=[
            _comment(text, labels, tables["goemotions"], recipe) for text, labels in sets.goemotions(data, side)
        ],
        emobank=[_rated(item) for item in sets.emobank(data) if item.split == side],
    )


def draw_epoch(corpus: Corpus, recipe: Recipe, epoch: int) -> list[Example]:
    """Return the texts of one epoch, in no order: windows of the tales, and samples of the rest."""
    rng = random.Random(f"{recipe['seed']}/{epoch}")
    sentences = [sentence for story in corpus.stories for sentence in story]
    comments = rng.sample(corpus.goemotions, min(recipe["goemotions"], len(corpus.goemotions)))
    windows = [draw_window(corpus.stories, recipe, rng) for _ in range(recipe["windows"])]
    return [
        *windows,
        *rng.sample(sentences, len(sentences) // 2),
        *corpus.alm * recipe["repeats"]["alm"],
        *corpus.isear * recipe["repeats"]["isear"],
        *comments,
        *corpus.emobank * recipe["repeats"]["emobank"],
    ]


def draw_passages(corpus: Corpus, recipe: Recipe, purpose: str) -> list[Example]:
    """Return PASSAGES windows of a side's tales, a seeded draw for each purpose."""
    rng = random.Random(f"{recipe['split_seed']}/{purpose}")
    return [draw_window(corpus.stories, recipe, rng) for _ in range(PASSAGES)]


def draw_window(stories: Sequence[Sequence[Example]], recipe: Recipe, rng: random.Random) -> Example:
    """Return a passage of 2 to 7 neighbouring sentences of a tale; its moods are those of its sentences on average."""
    story = rng.choices(stories, weights=[len(story) for story in stories])[0]
    size = min(len(story), rng.randint(2, 7))
    first = rng.randint(0, len(story) - size)
    return join(story[first : first + size], recipe)


def join(sentences: Sequence[Example], recipe: Recipe) -> Example:
    """Join sentences to a passage; one with an emotion counts as much more as the recipe says than a neutral one."""
    rows = np.stack([sentence.moods for sentence in sentences if sentence.moods is not None])
    weights = 1.0 + (recipe["window_emphasis"] - 1.0) * (1.0 - rows[:, 0, -1])
    moods = np.average(rows, axis=0, weights=weights).astype(np.float32)
    return Example(" ".join(sentence.text for sentence in sentences), moods, _point(moods, recipe))


def _story_sides(data: Path, recipe: Recipe) -> dict[str, str]:
    authors = {row.story: row.author for row in sets.tales(data)}
    rng = random.Random(recipe["split_seed"])
    return {
        story: "test" if author == "Potter" else "dev" if rng.random() < recipe["held_out_stories"] else "train"
        for story, author in sorted(authors.items())
    }


def _tales(data: Path, recipe: Recipe, table: Mapping[str, Shares], chosen: set[str]) -> list[list[Example]]:
    stories: dict[str, list[Example]] = {}
    for row in sets.tales(data):
        if row.story in chosen:
            moods = _voted(row.votes, recipe["tale_votes"], table)
            stories.setdefault(row.story, []).append(Example(row.text, moods, _point(moods, recipe)))
    return list(stories.values())


def _voted(votes: Sequence[str], weights: Sequence[float], table: Mapping[str, Shares]) -> Shares:
    """Return the weighted mean of the votes there are; a sentence without any is neutral."""
    given = [(weight, table[vote]) for weight, vote in zip(weights, votes, strict=True) if vote in table]
    if not given:
        return table["N"]
    mean: Shares = np.average([row for _, row in given], axis=0, weights=[w for w, _ in given]).astype(np.float32)
    return mean


def _labelled(text: str, label: str, tables: Mapping[str, Mapping[str, Shares]], kind: str, recipe: Recipe) -> Example:
    moods = tables[kind][label]
    return Example(text, moods, _point(moods, recipe), label_slice(kind).start + LABELS[kind].index(label))


def _comment(text: str, labels: Sequence[str], table: Mapping[str, Shares], recipe: Recipe) -> Example:
    moods = np.mean([table[label] for label in labels], axis=0).astype(np.float32)
    label = LABELS["goemotions"].index(labels[0]) if len(labels) == 1 else None
    return Example(text, moods, _point(moods, recipe), label)


def _rated(item: sets.Rated) -> Example:
    # Readers' means keep to the middle of the scale: a deviation of theirs becomes RATING_SPREAD.
    scores = (np.array([item.valence, item.arousal]) - RATING_MEAN) / RATING_DEVIATION
    valence, arousal = np.clip(0.5 + RATING_SPREAD * scores, 0.0, 1.0)
    return Example(item.text, None, (float(valence), float(arousal)), rated=True)


def _point(moods: Shares, recipe: Recipe) -> tuple[float, float]:
    valence, arousal = moods[0] @ np.array([recipe["points"][name] for name in CLASSES], np.float32)
    return float(valence), float(arousal)
