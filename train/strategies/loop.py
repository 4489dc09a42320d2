"""One training loop for all six strategies."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from scorer.emotion import MOODS
from scorer.evaluate.mappings import MAPPINGS, label_names
from scorer.evaluate.metrics import ranking, retrieval
from scorer.nets.sentence_encoder import SentenceEncoder, sentence_vectors
from scorer.nets.strategy import StrategyNet
from train.strategies.data import Music, Tags
from train.strategies.losses import triplet_loss

Recipe = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a text data set, and the clips that it is trained or validated with.

    `features` (n, width) are sentence vectors where f is frozen; where f is learned, `texts` are read anew.
    """

    texts: list[str]
    features: Tensor
    labels: Tensor
    music: Music


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The labels' and the moods' tags, and the mood that is nearest to each label, (k,)."""

    labels: Tags
    moods: Tags
    nearest: Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Embedded texts (n, d) and clips (m, d), with the numbers of their labels (n,) and moods (m,)."""

    texts: Tensor
    labels: Tensor
    music: Tensor
    moods: Tensor


def classify(net: StrategyNet, batch: Batch, _: Vocabulary) -> Tensor:
    """Cross-entropy of both classifiers, on shared layers or not."""
    texts, music = batch.texts, batch.music
    if net.strategy == "multi-head":
        texts, music = net.text_head(texts), net.music_head(music)
    return functional.cross_entropy(texts, batch.labels) + functional.cross_entropy(music, batch.moods)


def regress_points(_: StrategyNet, batch: Batch, words: Vocabulary) -> Tensor:
    """Mean squared error of valence and arousal."""
    texts = functional.mse_loss(batch.texts, words.labels.points[batch.labels])
    return texts + functional.mse_loss(batch.music, words.moods.points[batch.moods])


def regress_words(_: StrategyNet, batch: Batch, words: Vocabulary) -> Tensor:
    """One less the cosine with the tag's word vector."""
    texts = functional.cosine_similarity(batch.texts, words.labels.vectors[batch.labels])
    music = functional.cosine_similarity(batch.music, words.moods.vectors[batch.moods])
    return 2.0 - texts.mean() - music.mean()


def two_branch(_: StrategyNet, batch: Batch, words: Vocabulary) -> Tensor:
    """Eq. 4: text anchors, music that bears the nearest mood or another."""
    return triplet_loss(batch.texts, batch.music, words.nearest[batch.labels][:, None] == batch.moods[None, :])


def three_branch(net: StrategyNet, batch: Batch, words: Vocabulary) -> Tensor:
    """Eq. 2 to 4: tag to text, tag to music, text to music."""
    labels, moods = net.embed_tags(words.labels.vectors), net.embed_tags(words.moods.vectors)
    tag_text = triplet_loss(labels[batch.labels], batch.texts, batch.labels[:, None] == batch.labels[None, :])
    tag_music = triplet_loss(moods[batch.moods], batch.music, batch.moods[:, None] == batch.moods[None, :])
    return tag_text + tag_music + two_branch(net, batch, words)


LOSSES: Mapping[str, Callable[[StrategyNet, Batch, Vocabulary], Tensor]] = {
    "classification": classify,
    "multi-head": classify,
    "valence-arousal": regress_points,
    "word2vec": regress_words,
    "two-branch": two_branch,
    "three-branch": three_branch,
}


def fit(
    net: StrategyNet,
    train: Side,
    dev: Side,
    words: Vocabulary,
    recipe: Recipe,
    *,
    dataset: str,
    seed: int,
    encoder: SentenceEncoder | None = None,
) -> StrategyNet:
    """Train `net`, and `encoder` where there is one; return it as it was when validation retrieval was best."""
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed)
    slow = list(net.hear.parameters()) if recipe["music"] == "audio" else []
    slow_ids = {id(parameter) for parameter in slow}
    fast = [parameter for parameter in net.parameters() if id(parameter) not in slow_ids]
    groups = [{"params": fast, "lr": recipe["learning_rate"]}, {"params": slow, "lr": recipe["fine_tune_rate"]}]
    if encoder is not None:
        groups.append({"params": list(encoder.parameters()), "lr": recipe["fine_tune_rate"]})
    optimiser = torch.optim.Adam(groups, weight_decay=recipe["weight_decay"])
    best, kept = -1.0, _weights(net, encoder)
    for step in range(1, recipe["steps"] + 1):
        net.train()
        rows, clips = _draw(train.labels, recipe["batch"], rng), _draw(train.music.moods, recipe["batch"], rng)
        features = train.features[rows] if encoder is None else encoder.train()([train.texts[i] for i in rows])
        batch = Batch(
            net.embed_text(features),
            train.labels[rows],
            net.embed_music(train.music.sounds[clips]),
            train.music.moods[clips],
        )
        loss = LOSSES[net.strategy](net, batch, words)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if step % recipe["check_every"] == 0:
            features = dev.features if encoder is None else sentence_vectors(encoder, dev.texts)
            if (found := validate(net, features, dev, dataset)) > best:
                best, kept = found, _weights(net, encoder)
    net.load_state_dict(kept[0])
    if encoder is not None:
        encoder.load_state_dict(kept[1])
    return net.eval()


def _weights(net: StrategyNet, encoder: SentenceEncoder | None) -> tuple[Mapping[str, Tensor], Mapping[str, Tensor]]:
    return copy.deepcopy(net.state_dict()), {} if encoder is None else copy.deepcopy(encoder.state_dict())


@torch.inference_mode()
def validate(net: StrategyNet, features: Tensor, dev: Side, dataset: str) -> float:
    """Return the mean of P@5 and MRR over the three mappings, on held-out texts, read as `features`, and clips."""
    net.eval()
    scores = net.scores(net.embed_text(features), net.embed_music(dev.music.sounds)).numpy()
    names = label_names(dataset)
    labels = [names[i] for i in dev.labels.tolist()]
    moods = [MOODS[i] for i in dev.music.moods.tolist()]
    ranked, answered = ranking(scores), ~np.isnan(scores).any(axis=1)
    found = [retrieval(ranked, labels, moods, mapped, answered) for mapped in MAPPINGS[dataset].values()]
    return float(np.mean([[each.p_at_5, each.mrr] for each in found]))


def _draw(kinds: Tensor, count: int, rng: torch.Generator) -> Tensor:
    """Return `count` row numbers, each kind as likely as any other."""
    weights = 1.0 / torch.bincount(kinds).clamp_min(1)[kinds].float()
    return torch.multinomial(weights, count, replacement=True, generator=rng)
