"""What the music network is trained to say, beside what ships: the teacher's inner views and people's labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from scorer.emotion import MOODS
from scorer.nets.resnet import FEATURES, Heard
from train.music_augment import Mixed
from train.music_cache import FloatArray, Windows
from train.music_targets import Targets

# speech, singing and choirs, and everything from "Music" to "Scary music"
TEACHER_CLASSES: Final = (0, *range(27, 37), *range(137, 283))
EMBEDDING: Final = 384


class TrainingHeads(nn.Module):
    """Linear heads that are used in training and evaluation only."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Linear(FEATURES, EMBEDDING)
        self.logits = nn.Linear(FEATURES, len(TEACHER_CLASSES))
        self.quadrant = nn.Linear(FEATURES, 4)
        self.cluster = nn.Linear(FEATURES, 5)
        self.label_moods = nn.Linear(FEATURES, len(MOODS))


@dataclass(frozen=True, slots=True)
class Lessons:
    """Targets as tensors; row i of each belongs to window i. The weight of a missing label is zero."""

    embedding: Tensor  # standardised
    logits: Tensor  # standardised
    moods: Tensor
    valence_arousal: Tensor
    quadrant: Tensor  # one-hot, rows of zero where missing
    cluster: Tensor
    label_moods: Tensor
    label_moods_known: Tensor  # (n, 1)

    def rows(self, index: Tensor) -> "Lessons":
        """Return the lessons of some windows."""
        return Lessons(*(getattr(self, name)[index] for name in self.__slots__))

    def mixed(self, mixed: Mixed) -> "Lessons":
        """Return the lessons of clips mixed as `mixed` says."""
        return Lessons(*(mixed.of(getattr(self, name)) for name in self.__slots__))


def lessons(windows: Windows, targets: Targets, train: NDArray[np.bool_]) -> Lessons:
    """Make tensors of the targets; standardise the teacher's outputs by the windows where `train` holds."""
    known = targets.label_moods[:, :1] >= 0
    return Lessons(
        embedding=_standard(windows.embeddings, train),
        logits=_standard(windows.logits[:, TEACHER_CLASSES], train),
        moods=torch.from_numpy(targets.moods),
        valence_arousal=torch.from_numpy(targets.valence_arousal),
        quadrant=_one_hot(targets.quadrant, 4),
        cluster=_one_hot(targets.cluster, 5),
        label_moods=torch.from_numpy(np.where(known, targets.label_moods, 0.0).astype(np.float32)),
        label_moods_known=torch.from_numpy(known.astype(np.float32)),
    )


def _standard(values: FloatArray, train: NDArray[np.bool_]) -> Tensor:
    fit = values[train]
    return torch.from_numpy((values - fit.mean(axis=0)) / (fit.std(axis=0) + 1e-3)).float()


def _one_hot(values: NDArray[np.int64], classes: int) -> Tensor:
    return torch.from_numpy((values[:, None] == np.arange(classes)).astype(np.float32))


def loss_terms(heard: Heard, heads: TrainingHeads, lesson: Lessons) -> Mapping[str, Tensor]:
    """Return the mean of each loss over the batch, over those of its clips that have the label."""
    x = heard.features.float()
    return {
        "embedding": functional.mse_loss(heads.embedding(x), lesson.embedding),
        "logits": functional.mse_loss(heads.logits(x), lesson.logits),
        "moods": functional.cross_entropy(heard.moods.float(), lesson.moods),
        "valence_arousal": functional.binary_cross_entropy_with_logits(
            heard.valence_arousal.float(), lesson.valence_arousal
        ),
        "quadrant": _soft_cross_entropy(heads.quadrant(x), lesson.quadrant),
        "cluster": _soft_cross_entropy(heads.cluster(x), lesson.cluster),
        "label_moods": _known_binary(heads.label_moods(x), lesson.label_moods, lesson.label_moods_known),
    }


def _soft_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    return -(target * torch.log_softmax(logits, dim=1)).sum() / target.sum().clamp_min(1.0)


def _known_binary(logits: Tensor, target: Tensor, known: Tensor) -> Tensor:
    # a mixed target of known and unknown clips counts by its known share
    each = functional.binary_cross_entropy_with_logits(logits, target / known.clamp_min(1e-3), reduction="none")
    return (known * each).sum() / (known.sum().clamp_min(1.0) * logits.shape[1])
