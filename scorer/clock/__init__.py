"""The clock: from a position in the text to a time in the narration."""

from scorer.clock.clock import Clock, read_clock
from scorer.clock.position import sentence_borders
from scorer.clock.times import narration_times, require_tiling

__all__ = ["Clock", "narration_times", "read_clock", "require_tiling", "sentence_borders"]
