"""Which windows are held out: whole artists, over both labelled sets."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from train.music_cache import Label, Windows


def held_out_rows(
    windows: Windows, labels: Mapping[str, Label], *, folds: int, held_out: int, seed: int
) -> NDArray[np.bool_]:
    """Return (n,) true for the windows of one fold of artist groups; Debian's windows, unlabelled, are never held out.

    Groups are dealt to folds in a seeded random order, each to the fold with the fewest clips so far. Where no window
    is labelled, a group is a track.
    """
    names = sorted(set(windows.clips.tolist()))
    group_of = {clip: labels[clip].artist_group for clip in names if clip in labels}
    group_of = group_of or {clip: number for number, clip in enumerate(names)}
    sizes: dict[int, int] = {}
    for group in group_of.values():
        sizes[group] = sizes.get(group, 0) + 1
    groups = np.random.default_rng(seed).permutation(np.array(sorted(sizes)))
    filled = [0] * folds
    fold_of: dict[int, int] = {}
    for group in groups.tolist():
        fold = filled.index(min(filled))
        fold_of[group] = fold
        filled[fold] += sizes[group]
    held = {clip for clip, group in group_of.items() if fold_of[group] == held_out}
    return np.array([clip in held for clip in windows.clips.tolist()])
