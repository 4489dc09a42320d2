"""What the music network hears beside its picture, of the windows of training: nothing in it learns."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from scorer.files import whole_file
from scorer.nets import harmony, tag_net
from scorer.nets.harmony import Harmony
from scorer.nets.tag_net import TagNet
from scorer.progress import progress_bar
from train.music_cache import FloatArray, Windows, audio_path, decoded, window
from train.musicnn import MODEL


def beside_of(branch: TagNet, windows: Windows, music: Path, debian: Path | None, runs: Path) -> FloatArray:
    """Return what the tag branch and the harmony say of all windows, (n, BESIDE); make it under `runs` at first."""
    tags = (MODEL, tag_net.PATCHES)
    chords = (harmony.WINDOW, harmony.HOP, harmony.CENTRE_HZ, harmony.OCTAVES, harmony.GAIN)
    parts: tuple[tuple[str, nn.Module, tuple[object, ...]], ...] = (
        ("tags", branch, tags),
        ("harmony", Harmony(), chords),
    )
    return np.concatenate([_heard(*part, windows, music, debian, runs) for part in parts], axis=1)


def _heard(
    name: str,
    branch: nn.Module,
    settings: tuple[object, ...],
    windows: Windows,
    music: Path,
    debian: Path | None,
    runs: Path,
) -> FloatArray:
    made_by = (*settings, windows.clips.tolist(), windows.offsets.tolist())
    target = runs / f"music-{name}-{hashlib.sha256(repr(made_by).encode()).hexdigest()[:12]}.npy"
    if not target.exists():
        made = _hear_windows(name, branch, windows, music, debian)
        with whole_file(target) as part:
            np.save(part, made)
    return np.load(target)  # type: ignore[no-any-return]


@torch.inference_mode()
def _hear_windows(name: str, branch: nn.Module, windows: Windows, music: Path, debian: Path | None) -> FloatArray:
    made = [np.empty(0, np.float32)] * len(windows.clips)
    clips = list(dict.fromkeys(windows.clips.tolist()))
    with progress_bar(len(clips), f"hearing {name}", "file") as bar:
        for clip, samples in zip(clips, decoded([audio_path(c, music, debian) for c in clips]), strict=True):
            rows = np.flatnonzero(windows.clips == clip)
            for some in np.array_split(rows, len(rows) // 8 + 1):
                cut = np.stack([window(samples, offset) for offset in windows.offsets[some]])
                for row, said in zip(some, branch(torch.from_numpy(cut)).numpy(), strict=True):
                    made[row] = said
            bar.update()
    return np.stack(made)
