"""The strategies of Won et al. (ISMIR 2021) on a benchmark, with the towers in the box."""

from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from scorer.evaluate import STRATEGIES
from scorer.evaluate.benchmark import Result, judge, read_benchmark
from scorer.evaluate.datasets import Clips
from scorer.evaluate.mappings import label_names
from scorer.nets.registry import entry, fill, load_weights
from scorer.nets.sentence_encoder import DEFAULT, SentenceEncoder, sentence_vectors
from scorer.nets.strategy import StrategyNet
from scorer.nets.towers import VggishTower

WEIGHTS: Final = "strategies"  # of all strategies and data sets; a tensor's name begins with "dataset/strategy/"


def evaluate_strategies(dataset: str, data: Path | None, names: tuple[str, ...] = STRATEGIES) -> list[Result]:
    """Rank all clips for each query by each strategy that is named.

    Raises `DatasetError` as `read_benchmark` does, and `ModelError` where the sentence encoder is not installed.
    """
    queries, clips = read_benchmark(dataset, data)
    features = sentence_vectors(SentenceEncoder(DEFAULT), queries.texts)
    results = []
    for name in names:
        net = load_strategy(dataset, name, features.shape[1])
        results.append(judge(dataset, name, queries, clips, score(net, features, clips).numpy()))
    return results


@torch.inference_mode()
def score(net: StrategyNet, features: Tensor, clips: Clips) -> Tensor:
    """Return the scores (q, c) of clips for sentence vectors (q, width)."""
    net.eval()
    return net.scores(net.embed_text(features), net.embed_music(torch.from_numpy(clips.features)))


def load_strategy(dataset: str, name: str, text_width: int) -> StrategyNet:
    """Load a strategy's towers. Raises `ModelError` where they are missing, fail their hash or do not fit."""
    found = entry(WEIGHTS)
    start = f"{dataset}/{name}/"
    own = {
        key.removeprefix(start): value.float() for key, value in load_weights(found).items() if key.startswith(start)
    }
    net = StrategyNet(strategy=name, labels=label_names(dataset), text_width=text_width, hear=VggishTower())
    fill(net, own, found)
    return net
