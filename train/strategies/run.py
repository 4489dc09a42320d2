"""One training of one strategy on one data set: from its recipe to its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from scorer.emotion import MOODS
from scorer.evaluate.benchmark import Result, judge, read_benchmark
from scorer.evaluate.datasets import Clips, Queries
from scorer.evaluate.mappings import label_names
from scorer.evaluate.strategies import score
from scorer.nets.mel_resnet import MelResNet
from scorer.nets.sentence_encoder import SentenceEncoder, sentence_vectors
from scorer.nets.strategy import StrategyNet
from scorer.nets.towers import VggishTower
from train.recipe import RECIPES, read_recipe
from train.strategies.audio import read_audio
from train.strategies.data import nearest_moods, read_music, read_tags, read_texts
from train.strategies.loop import Side, Vocabulary, fit


def strategy_recipe(name: str) -> dict[str, Any]:
    """Return the recipe of a strategy."""
    return read_recipe(RECIPES / "strategies" / f"{name}.yaml")


@dataclass(frozen=True, slots=True)
class Material:
    """What the trainings on a data set share; `features` (q, width) are the sentence vectors of its test queries."""

    seen: Side
    unseen: Side
    words: Vocabulary
    queries: Queries
    clips: Clips
    features: Tensor


def _tower(recipe: Mapping[str, Any], stuff: Material) -> VggishTower | MelResNet:
    if recipe["music"] == "audio":
        return MelResNet(recipe["channels"])
    hear = VggishTower()
    hear.standardise(stuff.seen.music.sounds)
    return hear


@dataclass
class Bench:
    """Reads data sets and embeds their texts once, for all the trainings that share them."""

    data: Path
    _encoders: dict[str, SentenceEncoder] = field(default_factory=dict)
    _materials: dict[tuple[str, str, str], Material] = field(default_factory=dict)

    def train(self, recipe: Mapping[str, Any], dataset: str, seed: int) -> tuple[StrategyNet, Result]:
        """Train a strategy on a data set; return it, and its result on the test side."""
        torch.manual_seed(seed)
        name = recipe["text_encoder"]
        encoder = SentenceEncoder(name) if recipe["fine_tune"] else self._encoder(name)
        stuff = self._material(name, dataset, recipe["music"])
        hear = _tower(recipe, stuff)
        net = StrategyNet(strategy=recipe["strategy"], labels=label_names(dataset), text_width=encoder.width, hear=hear)
        learned = encoder if recipe["fine_tune"] else None
        net = fit(net, stuff.seen, stuff.unseen, stuff.words, recipe, dataset=dataset, seed=seed, encoder=learned)
        features = stuff.features if learned is None else sentence_vectors(learned, stuff.queries.texts)
        scores = score(net, features, stuff.clips).numpy()
        return net, judge(dataset, recipe["strategy"], stuff.queries, stuff.clips, scores)

    def _encoder(self, name: str) -> SentenceEncoder:
        if name not in self._encoders:
            self._encoders[name] = SentenceEncoder(name)
        return self._encoders[name]

    def _material(self, name: str, dataset: str, kind: str) -> Material:
        if (name, dataset, kind) not in self._materials:
            self._materials[name, dataset, kind] = self._read(self._encoder(name), dataset, kind)
        return self._materials[name, dataset, kind]

    def _read(self, encoder: SentenceEncoder, dataset: str, kind: str) -> Material:
        queries, clips = read_benchmark(dataset, self.data)
        if kind == "audio":
            seen, unseen, clips = read_audio(self.data)
        else:
            seen, unseen = read_music(self.data)
        sides = []
        for side, music in (("train", seen), ("dev", unseen)):
            texts = read_texts(self.data, dataset, side)
            sides.append(Side(texts.texts, sentence_vectors(encoder, texts.texts), texts.labels, music))
        labels, moods = read_tags(self.data, label_names(dataset)), read_tags(self.data, MOODS)
        return Material(
            seen=sides[0],
            unseen=sides[1],
            words=Vocabulary(labels, moods, nearest_moods(labels, moods)),
            queries=queries,
            clips=clips,
            features=sentence_vectors(encoder, queries.texts),
        )
