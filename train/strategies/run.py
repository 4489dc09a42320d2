"""One training of one strategy on one data set: from its recipe to its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
import yaml
from torch import Tensor

from scorer.emotion import MOODS
from scorer.evaluate.benchmark import Result, judge, read_benchmark
from scorer.evaluate.strategies import score
from scorer.nets.sentence_encoder import SentenceEncoder, sentence_vectors
from scorer.nets.strategy import StrategyNet
from scorer.nets.towers import VggishTower
from train.strategies.data import Music, label_names, nearest_moods, read_music, read_tags, read_texts
from train.strategies.loop import Side, Vocabulary, fit

RECIPES: Final = Path(__file__).parents[1] / "recipes" / "strategies"


def read_recipe(name: str) -> dict[str, Any]:
    """Return a strategy's recipe: the base and the lines that differ."""
    base, own = (yaml.safe_load((RECIPES / f"{part}.yaml").read_text(encoding="utf-8")) for part in ("base", name))
    if unknown := set(own) - set(base) - {"strategy"}:
        raise ValueError(f"{name}.yaml: unknown lines {', '.join(sorted(unknown))}")
    return {**base, **own}


@dataclass
class Bench:
    """Reads data sets and embeds their texts once, for all the trainings that share them."""

    data: Path
    _encoders: dict[str, SentenceEncoder] = field(default_factory=dict)
    _vectors: dict[tuple[str, str, str], Tensor] = field(default_factory=dict)

    def train(self, recipe: Mapping[str, Any], dataset: str, seed: int) -> tuple[StrategyNet, Result]:
        """Train a strategy on a data set; return it, and its result on the test side."""
        torch.manual_seed(seed)
        name = recipe["text_encoder"]
        encoder = SentenceEncoder(name) if recipe["fine_tune"] else self._encoder(name)
        music, held = read_music(self.data)
        labels = label_names(dataset)
        seen, unseen = self._side(name, dataset, "train", music), self._side(name, dataset, "dev", held)
        words = Vocabulary(read_tags(self.data, labels), read_tags(self.data, MOODS), nearest_moods(self.data, labels))
        hear = VggishTower()
        hear.standardise(music.sounds)
        net = StrategyNet(strategy=recipe["strategy"], labels=labels, text_width=encoder.width, hear=hear)
        learned = encoder if recipe["fine_tune"] else None
        net = fit(net, seen, unseen, words, recipe, dataset=dataset, seed=seed, encoder=learned)
        queries, clips = read_benchmark(dataset, self.data)
        if learned is None:
            features = self._embedded(name, dataset, "test", queries.texts)
        else:
            features = sentence_vectors(learned, queries.texts)
        return net, judge(dataset, recipe["strategy"], queries, clips, score(net, features, clips).numpy())

    def _side(self, name: str, dataset: str, side: str, music: Music) -> Side:
        texts = read_texts(self.data, dataset, side)
        return Side(texts.texts, self._embedded(name, dataset, side, texts.texts), texts.labels, music)

    def _encoder(self, name: str) -> SentenceEncoder:
        if name not in self._encoders:
            self._encoders[name] = SentenceEncoder(name)
        return self._encoders[name]

    def _embedded(self, name: str, dataset: str, side: str, texts: list[str]) -> Tensor:
        key = (name, dataset, side)
        if key not in self._vectors:
            self._vectors[key] = sentence_vectors(self._encoder(name), texts)
        return self._vectors[key]
