"""AmbianceNet rebuilt: text and music regressed to valence, arousal and dominance, and matched there.

Its text model is a bidirectional LSTM on GoEmotions, its music model a convolutional network on VGGish features. It
read AudioSet's unsigned bytes as signed ones, which wraps those above 127; `signed` does so too.
"""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from scorer.emotion import MOODS
from scorer.evaluate.datasets import EKMAN, audioset_clips
from scorer.nets.labels import LABELS
from scorer.nets.text_encoder import TextEncoder
from scorer.nets.vggish import VggishEncoder
from train import data as sets
from train.strategies.data import AUDIOSET_TRAIN

SEEN: Final = 15  # times a word has to be seen to be known
TOKENS: Final = 30
LUMPED: Final = {"exciting": "happy", "scary": "angry"}
LUMPS: Final = ("happy", "funny", "sad", "tender", "angry")
EMOTIONS: Final = LABELS["goemotions"]
Ints = NDArray[np.int64]


class TextModel(nn.Module):
    """Token numbers (n, TOKENS) to valence, arousal, dominance (n, 3)."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.words = nn.Embedding(words, 48, padding_idx=0)
        self.lstm = nn.LSTM(48, 24, batch_first=True, bidirectional=True)
        self.dense = nn.Linear(48, 24)
        self.out = nn.Linear(24, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        """Read texts."""
        _, (last, _) = self.lstm(self.words(tokens))
        hidden = functional.leaky_relu(self.dense(torch.cat([last[0], last[1]], dim=1)))
        return torch.sigmoid(self.out(hidden))


class MusicModel(nn.Module):
    """VGGish features (n, 10, 128), scaled to about one, to valence, arousal, dominance (n, 3)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.LeakyReLU(), nn.MaxPool2d((1, 4)),
            nn.Conv2d(16, 32, 3, padding=1), nn.LeakyReLU(), nn.MaxPool2d((2, 4)),
            nn.Conv2d(32, 64, 3, padding=1), nn.LeakyReLU(), nn.MaxPool2d((5, 2)),
            nn.Flatten(), nn.Dropout(0.4), nn.Linear(64 * 4, 32), nn.LeakyReLU(), nn.Linear(32, 3),
        )  # fmt: skip

    def forward(self, features: Tensor) -> Tensor:
        """Hear clips."""
        return torch.sigmoid(self.layers(features.unsqueeze(1)))


@dataclass(frozen=True, slots=True)
class Precision:
    """Precision over all, and the mean over classes of the precision of what was put into each."""

    micro: float
    macro: float


def precision(truth: Ints, answer: Ints, classes: int) -> Precision:
    """Return micro- and macro-averaged precision; a class that nothing was put into counts zero."""
    each = [float((truth[answer == k] == k).mean()) if (answer == k).any() else 0.0 for k in range(classes)]
    present = [each[k] for k in range(classes) if (truth == k).any()]
    return Precision(float((truth == answer).mean()), float(np.mean(present)))


@dataclass(frozen=True, slots=True)
class Norms:
    """VAD of GoEmotions' labels (28, 3) and of the moods (7, 3); the lump of the mood nearest to each label (28,)."""

    labels: Tensor
    moods: Tensor
    lump_of_label: Ints


def read_norms(data: Path) -> Norms:
    """Return the NRC-VAD values that AmbianceNet quotes."""
    with (data / "text/norms/vad_labels.tsv").open(encoding="utf-8", newline="") as lines:
        rows = {row["label"]: row for row in csv.DictReader(lines, delimiter="\t")}
    points = {
        name: torch.tensor([[float(rows[label][axis]) for axis in ("valence", "arousal", "dominance")] for label in of])
        for name, of in (("labels", EMOTIONS), ("moods", MOODS))
    }
    nearest = torch.cdist(points["labels"], points["moods"]).argmin(dim=1).tolist()
    return Norms(points["labels"], points["moods"], np.array([lump(MOODS[mood]) for mood in nearest]))


def lump(mood: str) -> int:
    """Return the number of a mood's lump."""
    return LUMPS.index(LUMPED.get(mood, mood))


def ekman_numbers() -> Ints:
    """Return the number of the Ekman emotion, or of neutral, of each of GoEmotions' labels, (28,)."""
    names = sorted(set(EKMAN.values()))
    return np.array([names.index(EKMAN[label]) for label in EMOTIONS])


def single(data: Path, side: str) -> tuple[list[str], Ints]:
    """Return a side's comments that bear one label, and its number."""
    rows = [(text, labels[0]) for text, labels in sets.goemotions(data, side) if len(labels) == 1]
    return [text for text, _ in rows], np.array([EMOTIONS.index(label) for _, label in rows])


def trial(data: Path, norms: Norms, seed: int) -> Mapping[str, Precision]:
    """Train from a seed; return the precision of text, and of music and connection with either reading of the bytes."""
    torch.manual_seed(seed)
    texts, labels = single(data, "train")
    words = vocabulary(texts)
    reader = _fit(TextModel(len(words) + 1), tokens(texts, words), norms.labels[labels], epochs=20, batch=128)
    with np.load(data / AUDIOSET_TRAIN, allow_pickle=False) as arrays:
        sounds, moods = arrays["vggish"], [MOODS.index(str(mood)) for mood in arrays["mood"]]
    queries, wanted = single(data, "test")
    clips = audioset_clips(data)
    lumps = np.array([lump(mood) for mood in clips.moods])
    ekman = ekman_numbers()
    with torch.inference_mode():
        read = reader(tokens(queries, words))
    answer = torch.cdist(read, norms.labels).argmin(dim=1).numpy()
    found = {"text": precision(ekman[wanted], ekman[answer], len(set(ekman.tolist())))}
    for reading, signed in (("signed", True), ("unsigned", False)):
        hearer = _fit(MusicModel(), scaled(sounds, signed=signed), norms.moods[moods], epochs=60, batch=32)
        with torch.inference_mode():
            heard = hearer(scaled(clips.features, signed=signed))
        mood = np.array([lump(MOODS[k]) for k in torch.cdist(heard, norms.moods).argmin(dim=1).tolist()])
        nearest = torch.cdist(read, heard).argmin(dim=1).numpy()
        found[f"music, {reading}"] = precision(lumps, mood, len(LUMPS))
        found[f"connection, {reading}"] = precision(norms.lump_of_label[wanted], lumps[nearest], len(LUMPS))
    return found


def default_precision(data: Path, norms: Norms) -> Mapping[str, Precision]:
    """Return the same precisions of the models in the box: the likeliest label, the likeliest lump, the first clip.

    A comment's share of each lump is the sum of the probabilities of the labels whose nearest mood is in it; the first
    clip is that with the greatest probability to be of the same lump.
    """
    queries, wanted = single(data, "test")
    clips, ekman = audioset_clips(data), ekman_numbers()
    lumps = np.array([lump(mood) for mood in clips.moods])
    labels = TextEncoder.load().labels(queries, "goemotions")
    heard = VggishEncoder.load().encode(clips.features).moods @ np.eye(len(LUMPS))[[lump(mood) for mood in MOODS]]
    first = (labels @ np.eye(len(LUMPS))[norms.lump_of_label] @ heard.T).argmax(axis=1)
    read = (labels @ np.eye(int(ekman.max()) + 1)[ekman]).argmax(axis=1)
    return {
        "text": precision(ekman[wanted], read, len(set(ekman.tolist()))),
        "music, unsigned": precision(lumps, heard.argmax(axis=1), len(LUMPS)),
        "connection, unsigned": precision(norms.lump_of_label[wanted], lumps[first], len(LUMPS)),
    }


def vocabulary(texts: Sequence[str]) -> dict[str, int]:
    """Return the known words, numbered from 1."""
    counts = Counter(word for text in texts for word in _words(text))
    return {word: n for n, word in enumerate(sorted(w for w, count in counts.items() if count >= SEEN), 1)}


def tokens(texts: Sequence[str], words: Mapping[str, int]) -> Tensor:
    """Return the numbers of the first TOKENS known words of each text, (n, TOKENS), zeros before them."""
    rows = [[words[word] for word in _words(text) if word in words][:TOKENS] for text in texts]
    return torch.tensor([[0] * (TOKENS - len(row)) + row for row in rows])


def scaled(features: NDArray[np.uint8], *, signed: bool) -> Tensor:
    """Return features scaled to about one: bytes as they are, or read as signed ones."""
    numbers = features.view(np.int8).astype(np.float32) if signed else features.astype(np.float32) - 128.0
    return torch.from_numpy(numbers / 128.0)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+|\[\w+\]|[!?]", text.lower())


def _fit(net: nn.Module, inputs: Tensor, points: Tensor, *, epochs: int, batch: int) -> nn.Module:
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    net.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(batch):  # type: ignore[no-untyped-call]
            loss = functional.mse_loss(net(inputs[rows]), points[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return net.eval()
