"""What the teacher says of texts, which the text network learns beside people's labels (Hinton et al. 2015)."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from scorer.book import read_book
from scorer.book.window import windows
from scorer.files import whole_file
from scorer.nets.labels import LABELS, label_slice
from scorer.nets.text_net import TextNet
from train.text_examples import Corpus, Example, Recipe, draw_epoch
from train.text_figures import mean_features

BOOKS: Final = "books/epub"
SIZES: Final = (1, 2, 3, 5)  # sentences
NOWHERE: Final = (math.nan, math.nan)  # valence and arousal of a text that nobody rated or labelled


@dataclass(frozen=True, slots=True)
class Lessons:
    """Row i of each tensor belongs to text i; shares sum to one, those of labels a data set at a time."""

    features: Tensor  # (n, w), of the teacher, each standardised over the texts
    moods: Tensor  # (n, 8)
    suits: Tensor  # (n, 8)
    labels: Tensor  # (n, LABEL_COUNT)
    valence_arousal: Tensor  # (n, 2)
    plane: Tensor  # (n, 2)

    def rows(self, index: Sequence[int]) -> "Lessons":
        """Return the lessons of some texts."""
        return Lessons(*(getattr(self, field.name)[list(index)].float() for field in fields(self)))


def draw_texts(data: Path, corpus: Corpus, recipe: Recipe) -> list[Example]:
    """Return the texts that are taught: those of an epoch, and passages of whole books that nobody labelled."""
    rng = random.Random(f"{recipe['split_seed']}/books")
    drawn: list[Example] = []
    for name in recipe["teaching"]["books"]:
        book = read_book(data / BOOKS / name)
        passages = [window.text for size in SIZES for window in windows(book, size, size)]
        drawn += [Example(text, None, NOWHERE) for text in rng.sample(passages, recipe["teaching"]["passages"])]
    return [*draw_epoch(corpus, {**recipe, "seed": "taught"}, 0), *drawn]


def give_lessons(path: Path, teacher: TextNet, tokenizer: Tokenizer, texts: Sequence[Example]) -> None:
    """Write what the teacher says of texts to `path`."""
    given = _teach(teacher.eval(), tokenizer, texts)
    with whole_file(path) as part:
        save_file({field.name: getattr(given, field.name) for field in fields(given)}, part)


def read_lessons(path: Path) -> Lessons:
    """Return the lessons that `give_lessons` wrote."""
    return Lessons(**load_file(path))


@torch.no_grad()
def _teach(teacher: TextNet, tokenizer: Tokenizer, texts: Sequence[Example]) -> Lessons:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inner = mean_features(teacher, tokenizer, texts)
    output = teacher.read(inner)
    return Lessons(
        features=((inner - inner.mean(dim=0)) / (inner.std(dim=0) + 1e-4)).half(),
        moods=torch.softmax(output.moods, dim=1),
        suits=torch.softmax(output.suits, dim=1),
        labels=torch.cat([torch.softmax(output.labels[:, label_slice(name)], dim=1) for name in LABELS], dim=1),
        valence_arousal=output.valence_arousal,
        plane=output.plane,
    )
