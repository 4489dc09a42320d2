"""Raw audio for the strategies: Panda's and MIREX's clips of one mood, split by artists, as log-mel spectrograms."""

from pathlib import Path
from typing import Final

import numpy as np
import torch

from scorer.audio.clip import SAMPLE_RATE
from scorer.audio.decode import decode
from scorer.emotion import MOODS
from scorer.evaluate.datasets import Clips
from scorer.files import whole_file
from scorer.nets.mel_resnet import HOP, MELS, log_mels
from scorer.progress import progress_bar
from train.music_cache import read_labels
from train.strategies.data import Music

SECONDS: Final = 20
FOLDS: Final = 7
SEED: Final = 7
RUNS: Final = Path(__file__).parents[2] / "runs"


def read_audio(data: Path) -> tuple[Music, Music, Clips]:
    """Return clips to learn from, clips to validate on, and those of the test, none of which share an artist."""
    labels = {name: label for name, label in read_labels(data / "music").items() if len(label.moods) == 1}
    names = sorted(labels)
    groups = sorted({label.artist_group for label in labels.values()})
    order = np.random.default_rng(SEED).permutation(len(groups)).tolist()
    fold = {groups[group]: place % FOLDS for place, group in enumerate(order)}
    side = np.array([fold[labels[name].artist_group] for name in names])
    moods = torch.tensor([MOODS.index(next(iter(labels[name].moods))) for name in names])
    sounds = _spectrograms(data / "music", names)

    def music(rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Music:
        return Music(torch.from_numpy(np.asarray(sounds[rows])), moods[torch.from_numpy(rows)])

    test = np.asarray(sounds[side == 0])
    return music(side > 1), music(side == 1), Clips(test, [MOODS[i] for i in moods[side == 0].tolist()])


def _spectrograms(music: Path, names: list[str]) -> np.ndarray[tuple[int, int, int], np.dtype[np.float16]]:
    """Return log-mel spectrograms float16 (n, MELS, frames) of 20 s each; they are made once."""
    target = RUNS / f"strategies-mels-{len(names)}.npy"
    if not target.exists():
        made = np.empty((len(names), MELS, SECONDS * SAMPLE_RATE // HOP), np.float16)
        with progress_bar(len(names), "decoding", "clip") as bar:
            for row, name in enumerate(names):
                samples = decode(music / f"{name}.opus", sample_rate=SAMPLE_RATE)
                made[row] = log_mels(torch.from_numpy(np.resize(samples, SECONDS * SAMPLE_RATE))).half().numpy()
                bar.update()
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as part, part.open("wb") as file:
            np.save(file, made)
    found: np.ndarray[tuple[int, int, int], np.dtype[np.float16]] = np.load(target, mmap_mode="r")
    return found
