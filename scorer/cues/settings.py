"""How a book is scored: the settings, their defaults, and what a user may choose of them."""

import math
from dataclasses import asdict, dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a book is scored.

    window and stride are in sentences; the lengths of cues and gaps in seconds; the costs in fit x seconds (see
    `scorer.smooth.Costs`); silence is the share of the time that should prefer silence before smoothing;
    min_gap_s is the least time before a track comes again after any others, and most_share the share of the time that
    one track should not exceed (see `scorer.smooth.wear`).
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


SETTING_DEFAULTS: Final = asdict(Settings())


@dataclass(frozen=True, slots=True)
class Choice:
    """A setting that a user may choose, by its name as an option and in `scorer.yaml`: a number within bounds."""

    name: str
    field: str
    kind: type
    low: float
    high: float
    text: str


CHOICES: Final = (
    Choice("window", "window", int, 1, 100, "Sentences in a window, the unit that is embedded."),
    Choice("stride", "stride", int, 1, 100, "Sentences from one window to the next."),
    Choice("wpm", "wpm", float, 20, 1000, "Words a minute, for times while no narration is known."),
    Choice("min-cue", "min_cue_s", float, 0, 1e6, "Shortest cue, in seconds."),
    Choice("max-cue", "max_cue_s", float, 1, math.inf, "Longest cue, in seconds."),
    Choice("min-gap", "min_gap_s", float, 0, 1e6, "Seconds before a track comes again, if others will do."),
    Choice("silence", "silence", float, 0, 1, "Share of the time that may stay without music; 0 for music throughout."),
    Choice("switch", "switch", float, 0, 1e6, "Cost of a change of music, in fit x seconds: higher for fewer cues."),
)
