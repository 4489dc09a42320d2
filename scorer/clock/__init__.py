"""The clock: from a position in the text to a time in the narration."""

from scorer.clock.clock import Clock, Source, read_clock
from scorer.clock.marks import astray
from scorer.clock.overlay import narrated
from scorer.clock.position import sentence_borders
from scorer.clock.times import narration_times, require_tiling

__all__ = [
    "Clock",
    "Source",
    "astray",
    "narrated",
    "narration_times",
    "read_clock",
    "require_tiling",
    "sentence_borders",
]
