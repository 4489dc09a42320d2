"""The figures of a text network: against labels of people, and how far its probabilities can be trusted."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import pearsonr
from sklearn.metrics import f1_score
from tokenizers import Tokenizer
from torch.nn import functional

from scorer.emotion import MOODS
from scorer.nets.labels import label_slice
from scorer.nets.text_encoder import TextEncoder
from scorer.nets.text_net import TextNet
from scorer.progress import progress_bar
from train.text_batches import collate, tokenise
from train.text_examples import Corpus, Example

# The mood that stands for each of Alm's five labels, and for ISEAR's seven: the greatest share in the recipe's table.
BINS: Final = 15
TEMPERATURES: Final = np.geomspace(0.5, 2.5, 65)
Floats = NDArray[np.float32]


@torch.no_grad()
def mean_features(net: TextNet, tokenizer: Tokenizer, examples: Sequence[Example]) -> torch.Tensor:
    """Return the features (n, net.width) that the heads are linear in."""
    tokens = tokenise(tokenizer, examples)
    order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
    features = torch.empty(len(tokens), net.width)
    with progress_bar(len(order), "reading", "text") as bar:
        for start in range(0, len(order), 32):
            rows = order[start : start + 32]
            batch = collate([tokens[row] for row in rows], [examples[row] for row in rows])
            features[rows] = net.features(batch.tokens, batch.mask).float()
            bar.update(len(rows))
    return features


def temperature(logits: torch.Tensor, moods: torch.Tensor) -> float:
    """Return what to divide logits (n, 8) by for the least cross-entropy with soft moods (n, 8) (Guo et al. 2017)."""
    losses = [float(functional.cross_entropy(logits / t, moods)) for t in TEMPERATURES.tolist()]
    return float(TEMPERATURES[int(np.argmin(losses))])


def figures(encoder: TextEncoder, corpus: Corpus, passages: Sequence[Example]) -> Mapping[str, Any]:
    """Measure an encoder on one side of the data; `passages` are windows of that side's tales."""
    return {
        "alm": _classes(encoder, corpus.alm),
        "isear": _classes(encoder, corpus.isear),
        "isear_labels": _labels(encoder, corpus.isear, "isear"),
        "alm_labels": _labels(encoder, corpus.alm, "alm"),
        "goemotions": _classes(encoder, corpus.goemotions),
        "passages": _classes(encoder, passages),
        "emobank": _ratings(encoder, corpus.emobank),
    }


def _classes(encoder: TextEncoder, examples: Sequence[Example]) -> Mapping[str, float]:
    """Compare each text's likeliest class with that of its label, among the classes that the labels have."""
    wanted = np.stack([example.moods[0] for example in examples if example.moods is not None])
    found = _with_neutral(encoder.moods([example.text for example in examples]))
    truth = wanted.argmax(axis=1)
    present = np.unique(truth)
    answer = present[found[:, present].argmax(axis=1)]
    return {
        "texts": len(examples),
        "macro_f1": float(f1_score(truth, answer, average="macro")),
        "accuracy": float((truth == answer).mean()),
        "calibration_error": calibration_error(found, wanted),
    }


def _labels(encoder: TextEncoder, examples: Sequence[Example], name: str) -> Mapping[str, float]:
    """Compare each text's likeliest label of its data set with its own."""
    truth = np.array([example.label for example in examples]) - label_slice(name).start
    answer = encoder.labels([example.text for example in examples], name).argmax(axis=1)
    return {
        "texts": len(examples),
        "macro_f1": float(f1_score(truth, answer, average="macro")),
        "accuracy": float((truth == answer).mean()),
    }


def calibration_error(found: Floats, wanted: Floats) -> float:
    """Return the expected calibration error of the likeliest class, in BINS bins, against soft labels (n, 8)."""
    answer = found.argmax(axis=1)
    rows = np.arange(len(found))
    sure, right = found[rows, answer], wanted[rows, answer]
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(float(sure[bins == b].mean() - right[bins == b].mean())) * float((bins == b).mean()) for b in set(bins)]
    return float(sum(gaps))


def _ratings(encoder: TextEncoder, examples: Sequence[Example]) -> Mapping[str, float]:
    found = encoder.valence_arousal([example.text for example in examples])
    wanted = np.array([example.point for example in examples])
    valence, arousal = (float(pearsonr(found[:, i], wanted[:, i]).statistic) for i in range(2))
    return {"texts": len(examples), "valence_r": valence, "arousal_r": arousal}


def _with_neutral(moods: Floats) -> Floats:
    return np.concatenate([moods, 1.0 - moods.sum(axis=1, keepdims=True)], axis=1)[:, : len(MOODS) + 1]
