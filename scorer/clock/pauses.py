"""Pauses, vowels and hisses: what is left of a narration, and of its text, where nothing can read it aloud.

A reader pauses at stops, and the letters tell roughly when the sound is dark, as vowels are, or bright, as s, sh and ch
are. That is little, but thousands of letters in a row fit nowhere else.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.clock.cepstra import HOP_S, FloatArray

CHARACTERS_A_SECOND: Final = 15.0  # of an unhurried reader
COMMA_S: Final = 0.25
STOP_S: Final = 0.5
QUIET, LOUD = 0.05, 0.8  # shares of the rows that are fainter than a pause's level, and than speech's
DARK, BRIGHT = 0.6, -2.0  # the tilt of vowels and of hisses, in deviations of that of speech
_CLAUSE = re.compile(r"[^,;:—–]+[,;:—–]*")
_VOWEL = re.compile(r"[aeiouyáàâäéèêëíîïóôöúùûü]", re.I)
_HISS = re.compile(r"sch|sh|ch|ss|ti(?=on)|c(?=[eiy])|[szxjç]", re.I)


def heard_rhythm(heard: FloatArray) -> FloatArray:
    """Return (n, 2) of a narration's cepstra (n, d): about one in speech and minus one in pauses; the tilt of speech.

    The tilt is the first cepstrum, high where a sound has its power in low bands, and zero in pauses.
    """
    level, tilt = heard[:, 0], heard[:, 1]
    low, high = (float(np.quantile(level, share)) for share in (QUIET, LOUD))
    active = np.clip(2.0 * (level - low) / max(high - low, 1e-6) - 1.0, -1.2, 1.2)
    speech = active > 0.0
    if not speech.any():
        return np.stack([active, np.zeros(len(heard))], axis=1).astype(np.float32)
    spread = (tilt - np.median(tilt[speech])) / (tilt[speech].std() + 1e-3)
    return np.stack([active, np.where(speech, np.clip(spread, -2.5, 1.5), 0.0)], axis=1).astype(np.float32)


def read_rhythm(sentences: Sequence[str]) -> list[FloatArray]:
    """Return for each sentence (n, 2): what `heard_rhythm` would make of a reading of it."""
    return [np.concatenate([*_rows(text), _pause(STOP_S)]) for text in sentences]


def _rows(text: str) -> list[FloatArray]:
    rows = []
    for clause in _CLAUSE.findall(" ".join(text.split())):
        spoken = clause.strip(" ,;:—–")
        count = max(1, round(len(spoken) / CHARACTERS_A_SECOND / HOP_S))
        letters = _tilts(spoken)[((np.arange(count) + 0.5) * len(spoken) / count).astype(np.int64)] if spoken else 0.0
        rows.append(np.stack(np.broadcast_arrays(np.ones(count), letters), axis=1).astype(np.float32))
        if clause.rstrip() != spoken and clause.rstrip()[-1:] in ",;:—–":
            rows.append(_pause(COMMA_S))
    return rows


def _tilts(spoken: str) -> NDArray[np.float64]:
    tilts = np.zeros(len(spoken))
    for pattern, tilt in ((_VOWEL, DARK), (_HISS, BRIGHT)):
        for found in pattern.finditer(spoken):
            tilts[found.start() : found.end()] = tilt
    return tilts


def _pause(seconds: float) -> FloatArray:
    return np.tile(np.array([-1.0, 0.0], np.float32), (round(seconds / HOP_S), 1))
