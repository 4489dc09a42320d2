"""Time and memory of the smoothing programme: python benchmarks/smooth.py --windows 100000 --tracks 256.

Its peer, measured in the same run on the same fits, is the programme as one would write it first with numpy: the same
costs, but each border compares every state with every other (tests/plain_smooth.py). Seconds are of the processor;
memory is the peak of a process of its own, the fits included.
"""

import argparse
import hashlib
import sys
import time
from pathlib import Path

import numpy as np
from apart import apart, peak_mb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for `tests`, which are not installed

from scorer.cues.settings import Settings
from scorer.smooth import Costs, smooth
from tests.plain_smooth import smooth_plainly

SCENE = 12  # windows


def fits(windows: int, states: int) -> np.ndarray:
    """Return fits (windows, states) of scenes that each like other tracks."""
    draw = np.random.default_rng(0)
    fit = np.empty((windows, states), np.float32)
    for start in range(0, windows, SCENE):
        rows = fit[start : start + SCENE]
        rows[:] = 0.5 * draw.random(states) + 0.1 * draw.random(rows.shape)
    return fit


def measured(plainly: bool, windows: int, states: int) -> tuple[float, float, str]:
    """Return the seconds, the peak in MB, and a digest of the path."""
    fit, seconds = fits(windows, states), np.random.default_rng(1).uniform(5.0, 25.0, windows)
    chapters = np.arange(windows) // 100
    chosen = Settings()
    costs = Costs(
        switch=chosen.switch,
        switch_at_chapter=chosen.switch_at_chapter,
        replay=chosen.replay,
        replay_gap_s=chosen.replay_gap_s,
        min_cue_s=chosen.min_cue_s,
    )
    began = time.process_time()
    path = (smooth_plainly if plainly else smooth)(fit, seconds, chapters, costs)
    took = time.process_time() - began
    return took, peak_mb(), hashlib.sha256(path.tobytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=100_000)
    parser.add_argument("--tracks", type=int, default=256)
    parser.add_argument("--no-peer", action="store_true")
    asked = parser.parse_args()
    ours, our_peak, path = apart(measured, False, asked.windows, asked.tracks + 1)
    print(f"{asked.windows:,} windows, {asked.tracks} tracks: {ours:.2f} s, peak {our_peak:.0f} MB")
    if not asked.no_peer:
        peer, peak, other_path = apart(measured, True, asked.windows, asked.tracks + 1)
        same = "the same path" if path == other_path else "ANOTHER PATH"
        print(f"comparing all states: {peer:.2f} s, peak {peak:.0f} MB; {peer / ours:.1f} times as long, {same}")


if __name__ == "__main__":
    main()
