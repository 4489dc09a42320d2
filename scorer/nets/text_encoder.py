"""The text encoder: passages to moods, valence and arousal, and to vectors of the emotion space."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Self

import numpy as np
import torch
from tokenizers import Tokenizer

from scorer.emotion import DIMENSIONS, MOODS, FloatArray
from scorer.errors import ModelError
from scorer.nets.device import best_device
from scorer.nets.emotions import Emotions
from scorer.nets.labels import label_slice
from scorer.nets.quantise import restored
from scorer.nets.registry import DEFAULT_PAIR, fill, load_weights, models_folder, pair
from scorer.nets.text_net import MAX_TOKENS, TextNet, TextOutput

TOKENS_A_BATCH: Final = 1024  # padding included; on a GPU sixty-four times as many
PADDED_TO: Final = 16  # tokens; each new shape of a batch costs memory that torch keeps
TOKENIZER_FILE: Final = "text.tokenizer.json"


class TextEncoder:
    """Reads English passages; make one with `load`.

    Items are strings; what goes beyond MAX_TOKENS word pieces is not read. Items are sorted by length and batched so
    that little is padded; results come in the order of the items.
    """

    dimensions: Final = DIMENSIONS

    def __init__(self, *, net: TextNet, tokenizer: Tokenizer, digest: str, device: str) -> None:
        self.digest = digest
        self.device = device
        self._net = net.eval().to(device)
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    @classmethod
    def load(cls, *, model: str = DEFAULT_PAIR, device: str | None = None) -> Self:
        """Load the text encoder of a pair of models; `device` is CUDA or MPS where there is one, else the CPU.

        Raises `ModelError`, for a user's own model `OwnModelError`, where the weights are missing, fail their hash or
        do not fit the network.
        """
        entry = pair(model).text
        net = TextNet()
        fill(net, restored(load_weights(entry)), entry)
        try:
            tokenizer = Tokenizer.from_str((models_folder() / TOKENIZER_FILE).read_text(encoding="utf-8"))
        except OSError as error:
            raise ModelError(f"{TOKENIZER_FILE}: missing; reinstall scorer") from error
        return cls(net=net, tokenizer=tokenizer, digest=entry.digest, device=device or best_device())

    def encode(self, items: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Emotions:
        """Read items: moods (n, 7), valence and arousal (n, 2). `progress` is called with each batch's size."""
        moods, suits = np.empty((2, len(items), len(MOODS)), np.float32)
        points, plane = np.empty((2, len(items), 2), np.float32)
        for rows, output in self._outputs(items):
            moods[rows] = torch.softmax(output.moods, dim=1)[:, : len(MOODS)]
            suits[rows] = torch.softmax(output.suits, dim=1)[:, : len(MOODS)]
            points[rows], plane[rows] = output.valence_arousal, output.plane
            if progress:
                progress(len(rows))
        return Emotions.of_passages(moods, suits, points, plane)

    def embed(self, items: Sequence[str]) -> FloatArray:
        """Return unit vectors (n, dimensions) of the emotion space."""
        return self.encode(items).vectors

    def moods(self, items: Sequence[str]) -> FloatArray:
        """Return mood probabilities (n, 7) in the order of `emotion.MOODS`; what a row lacks of one is neutral's."""
        return self.encode(items).moods

    def valence_arousal(self, items: Sequence[str]) -> FloatArray:
        """Return valence and arousal (n, 2) in [0, 1]."""
        return self.encode(items).valence_arousal

    def labels(self, items: Sequence[str], dataset: str) -> FloatArray:
        """Return probabilities (n, k) of the labels of a text data set, those of `labels.LABELS[dataset]`."""
        part = label_slice(dataset)
        found = np.empty((len(items), part.stop - part.start), np.float32)
        for rows, output in self._outputs(items):
            found[rows] = torch.softmax(output.labels[:, part], dim=1)
        return found

    def _outputs(self, items: Sequence[str]) -> Iterator[tuple[list[int], TextOutput]]:
        """Yield what the network says of each batch, and its rows among the items."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(items))]
        for rows in self._batches([len(ids) for ids in tokens]):
            yield rows, self._read([tokens[row] for row in rows])

    def _batches(self, lengths: list[int]) -> Iterator[list[int]]:
        """Yield the rows of each batch, longest items first: one that does not fit in memory fails at once."""
        room = TOKENS_A_BATCH * (1 if self.device == "cpu" else 64)
        order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
        while order:
            size = max(1, room // _padded(lengths[order[0]]))
            yield order[:size]
            order = order[size:]

    @torch.inference_mode()
    def _read(self, batch: list[list[int]]) -> TextOutput:
        longest = _padded(max(map(len, batch)))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in batch], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in batch], device=self.device)
        return TextOutput(*(values.float().cpu() for values in self._net(ids, mask)))


def _padded(tokens: int) -> int:
    return max(1, math.ceil(tokens / PADDED_TO)) * PADDED_TO
