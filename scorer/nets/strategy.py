"""The six emotion spaces of Won et al. (ISMIR 2021), section 2: text and music in one space, and how near they are.

classification      two separate classifiers; clips are ranked by the likelihood of the text's own mood
multi-head          one shared three-layer perceptron under a classifier a data set; cosine in the shared space
valence-arousal     regression to the labels' points in the plane; Euclidean distance
word2vec            regression to the labels' word vectors; cosine
two-branch          metric learning with text anchors; cosine
three-branch        metric learning with tags, text and music; cosine
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from scorer.emotion import MOODS
from scorer.nets.mel_resnet import MelResNet
from scorer.nets.towers import TAG_WIDTH, Mlp, VggishTower

METRIC_WIDTH: Final = 64  # of the learned spaces


class StrategyNet(nn.Module):
    """Towers for text and music, for tags where a strategy has them, and the heads of the classifiers."""

    def __init__(self, *, strategy: str, labels: Sequence[str], text_width: int, hear: VggishTower | MelResNet) -> None:
        super().__init__()
        self.strategy = strategy
        self.labels = tuple(labels)
        self.hear = hear
        ends = {
            "classification": (len(labels), len(MOODS)),
            "valence-arousal": (2, 2),
            "word2vec": (TAG_WIDTH, TAG_WIDTH),
        }.get(strategy, (METRIC_WIDTH, METRIC_WIDTH))
        self.text_mlp = Mlp(width=text_width, out=ends[0])
        self.music_mlp = Mlp(width=self.hear.width, out=ends[1])
        if strategy == "multi-head":
            self.shared = Mlp(width=METRIC_WIDTH, out=METRIC_WIDTH, depth=3, drop=0.1)
            self.text_head = nn.Linear(METRIC_WIDTH, len(labels))
            self.music_head = nn.Linear(METRIC_WIDTH, len(MOODS))
        if strategy == "three-branch":
            self.tag_mlp = Mlp(width=TAG_WIDTH, out=METRIC_WIDTH)

    def embed_text(self, features: Tensor) -> Tensor:
        """Map sentence vectors (n, text_width) to the space, (n, d)."""
        return self._place(self.text_mlp(features))

    def embed_music(self, sounds: Tensor) -> Tensor:
        """Map what the music tower takes, (n, …), to the space, (n, d)."""
        return self._place(self.music_mlp(self.hear(sounds)))

    def embed_tags(self, vectors: Tensor) -> Tensor:
        """Map word vectors of tags (n, TAG_WIDTH) to the space, (n, d), where tags have a tower or are the space."""
        return self._place(self.tag_mlp(vectors)) if self.strategy == "three-branch" else vectors

    def _place(self, x: Tensor) -> Tensor:
        if self.strategy == "multi-head":
            return functional.relu(self.shared(x))
        if self.strategy == "valence-arousal":
            return torch.sigmoid(x)
        return x

    def scores(self, texts: Tensor, music: Tensor) -> Tensor:
        """Return how well clips (c, d) answer texts (q, d), (q, c); a row of nan where no mood bears a text's label."""
        if self.strategy == "classification":
            likely = torch.log_softmax(music, dim=1)
            answers = [answer(self.labels[number]) for number in texts.argmax(dim=1).tolist()]
            nothing = torch.full((len(music),), torch.nan)
            return torch.stack([nothing if mood is None else likely[:, MOODS.index(mood)] for mood in answers])
        if self.strategy == "valence-arousal":
            return -torch.cdist(texts, music)
        return functional.normalize(texts, dim=1) @ functional.normalize(music, dim=1).T


def answer(label: str) -> str | None:
    """Return the mood that a text label names, or None where the vocabularies do not meet."""
    return next((word for word in label.split("-") if word in MOODS), None)
