"""Voices: a part's track, measured and cut to its place, at its level."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scorer.mix.fade import falling, rising
from scorer.mix.loop import find_loop, play
from scorer.mix.part import Part
from scorer.mix.pcm import FloatArray, scaled
from scorer.mix.track import Reel, Track

MOST_GAIN: Final = 20.0  # dB: raising a faint track further would only raise its noise
OWN_ENDING_S: Final = 5.0  # seconds that may sound behind the audible part, a track's own fade-out, or be moved to it
LAST_FADE_S: Final = 0.05  # seconds, at a track's own ending
OPENING_S: Final = 30.0  # seconds decoded beyond a part's length, in case the track opens with silence


@dataclass(frozen=True, slots=True)
class Voice:
    """A part ready to sound: its track from sample `first` on, by a factor `gain`.

    `looped` tells whether the track has to go round within its audible part, samples [opening, ending).
    """

    part: Part
    track: Track
    first: int
    gain: float
    looped: bool
    opening: int
    ending: int


def needed(part: Part, sample_rate: int) -> int:
    """Return how far, in samples, a part's track has to be decoded."""
    return round((part.offset_s + OPENING_S) * sample_rate) + part.end - part.start


def voice(part: Part, track: Track, target: float) -> Voice:
    """Return a part's voice, at `target` LUFS over the stretch of its track that sounds.

    A start in the silence before the music is moved to the music, one behind the music to its beginning, any other to
    the beginning of a sound nearby. A part that gives way to silence shortly before its track would end starts later,
    and so ends as the track does.
    """
    rate = track.sample_rate
    opening, ending = track.audible()
    first = max(opening, round(part.offset_s * rate))
    first = track.onset(first, opening) if first < ending else opening
    end = first + part.end - part.start
    left = track.length - end
    if part.last and track.ended and 0 < left <= OWN_ENDING_S * rate:
        first, end = first + left, track.length
        part = replace(part, fade_out=min(part.fade_out, round(LAST_FADE_S * rate)))
    looped = end > (min(track.length, ending + round(OWN_ENDING_S * rate)) if track.ended else track.length)
    heard = track.loudness(opening, ending) if looped else track.loudness(first, end)
    gain = 0.0 if heard == -math.inf else 10 ** (min(target - heard, MOST_GAIN) / 20)
    return Voice(part, track, first, gain, looped, opening, ending)


class Sounding:
    """A voice while it sounds, from sample `at` of the mix on: gives its samples in order, holds its track open."""

    def __init__(self, voice: Voice, at: int) -> None:
        self.end = voice.part.end
        self._voice = voice
        end = voice.ending if voice.looped else min(voice.track.length, voice.first + self.end - voice.part.start)
        reel = Reel(voice.track, end, again=voice.looped)
        loop, first = None, voice.first
        if voice.looped:
            loop = find_loop(reel, voice.opening, voice.ending, voice.track.sample_rate)
            first = min(first, loop.end)
        self._samples = play(reel, first, end, loop, max(0, at - voice.part.start))
        self._rest = np.zeros((0, voice.track.channels), dtype=np.float32)

    def add(self, bed: FloatArray, at: int) -> None:
        """Add what sounds in the block `bed` (n, channels), whose first sample is sample `at` of the mix."""
        part = self._voice.part
        start, end = max(part.start, at), min(part.end, at + len(bed))
        samples = self._take(end - start)
        under = bed[start - at : start - at + len(samples)]
        if start - part.start >= part.fade_in and start + len(samples) <= part.end - part.fade_out:
            under += samples * np.float32(self._voice.gain)
            return
        gains = self._voice.gain * rising(start - part.start, len(samples), part.fade_in)
        gains *= falling(start - (part.end - part.fade_out), len(samples), part.fade_out)
        under += scaled(samples, gains)

    def _take(self, count: int) -> FloatArray:
        pieces, held = [self._rest], len(self._rest)
        while held < count and (piece := next(self._samples, None)) is not None:
            pieces.append(piece)
            held += len(piece)
        joined = np.concatenate(pieces)
        self._rest = joined[count:]
        return joined[:count]

    def close(self) -> None:
        """Let go of the track."""
        self._samples.close()
