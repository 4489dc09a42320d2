"""How a book is scored: the settings and their defaults."""

import math
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a book is scored.

    window and stride are in sentences; min_cue_s and replay_gap_s in seconds; the costs in fit x seconds (see
    `scorer.smooth.Costs`); silence is the share of the time that should prefer silence before smoothing;
    max_cue_s is the longest cue, and min_gap_s the least time before a track comes again at all (see
    `scorer.smooth.wear`);
    most_share is the share of the time that one track should not exceed (see `scorer.smooth.wear`).
    """

    window: int = 6
    stride: int = 3
    wpm: float = 150.0
    min_cue_s: float = 45.0
    max_cue_s: float = math.inf
    silence: float = 0.2
    switch: float = 3.0
    switch_at_chapter: float = 1.0
    replay: float = 8.0
    replay_gap_s: float = 300.0
    min_gap_s: float = 0.0
    most_share: float = 0.08


SETTING_DEFAULTS = asdict(Settings())
