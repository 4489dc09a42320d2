"""Texts to batches of word pieces: of about equal length, in a seeded order."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from train.text_examples import Example


@dataclass(frozen=True, slots=True)
class Batch:
    """Tokens and mask (n, t); moods (n, 2, 8), has_moods (n,); points (n, 2), rated (n,); labels (n,), or -1."""

    tokens: Tensor
    mask: Tensor
    moods: Tensor
    has_moods: Tensor
    points: Tensor
    rated: Tensor
    labels: Tensor


def plan(lengths: Sequence[int], batch_tokens: int, rng: random.Random) -> list[list[int]]:
    """Return rows batch by batch: neighbours in length, at most `batch_tokens` with padding, the batches shuffled."""
    order = sorted(range(len(lengths)), key=lambda row: (lengths[row], rng.random()))
    batches: list[list[int]] = []
    for row in order:
        if not batches or lengths[row] * (len(batches[-1]) + 1) > batch_tokens:
            batches.append([])
        batches[-1].append(row)
    rng.shuffle(batches)
    return batches


def tokenise(tokenizer: Tokenizer, examples: Sequence[Example]) -> list[list[int]]:
    """Return the word pieces of each text."""
    return [encoding.ids for encoding in tokenizer.encode_batch([example.text for example in examples])]


def collate(tokens: Sequence[list[int]], examples: Sequence[Example]) -> Batch:
    """Return texts as a batch, padded to the longest."""
    longest = max(map(len, tokens))
    nothing = np.zeros((2, 8), dtype=np.float32)
    moods = np.stack([nothing if example.moods is None else example.moods for example in examples])
    return Batch(
        tokens=torch.tensor([row + [0] * (longest - len(row)) for row in tokens]),
        mask=torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in tokens]),
        moods=torch.from_numpy(moods),
        has_moods=torch.tensor([example.moods is not None for example in examples]),
        points=torch.tensor([example.point for example in examples]),
        rated=torch.tensor([example.rated for example in examples]),
        labels=torch.tensor([-1 if example.label is None else example.label for example in examples]),
    )
