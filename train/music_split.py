"""Which windows are held out: whole artists, over both labelled sets."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from train.music_cache import Label, Windows


def held_out_rows(
    windows: Windows, labels: Mapping[str, Label], *, folds: int, held_out: int, seed: int
) -> NDArray[np.bool_]:
    """Return (n,) true for the windows of one fold of artist groups; Debian's windows, unlabelled, are never held out.

    Groups are dealt to folds in a seeded random order, each to the fold with the fewest clips so far.
    """
    sizes: dict[int, int] = {}
    for label in labels.values():
        sizes[label.artist_group] = sizes.get(label.artist_group, 0) + 1
    groups = np.random.default_rng(seed).permutation(np.array(sorted(sizes)))
    filled = [0] * folds
    fold_of: dict[int, int] = {}
    for group in groups.tolist():
        fold = filled.index(min(filled))
        fold_of[group] = fold
        filled[fold] += sizes[group]
    held = {clip for clip, label in labels.items() if fold_of[label.artist_group] == held_out}
    return np.array([clip in held for clip in windows.clips.tolist()])
