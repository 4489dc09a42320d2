"""Speech and pauses: what is left of a narration, and of its text, where nothing can read it aloud."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from scorer.clock.cepstra import HOP_S, FloatArray

CHARACTERS_A_SECOND: Final = 15.0  # of an unhurried reader
COMMA_S: Final = 0.25
STOP_S: Final = 0.5
QUIET, LOUD = 0.05, 0.8  # shares of the rows that are fainter than a pause's level, and than speech's
_CLAUSE = re.compile(r"[^,;:—–]+[,;:—–]*")


def activity(heard: FloatArray) -> FloatArray:
    """Return (n, 1): about one where a narration's cepstra (n, d) are of speech, minus one in its pauses."""
    level = heard[:, :1]
    low, high = (float(np.quantile(level, share)) for share in (QUIET, LOUD))
    return np.asarray(np.clip(2.0 * (level - low) / max(high - low, 1e-6) - 1.0, -1.2, 1.2), np.float32)


def paced(sentences: Sequence[str]) -> list[FloatArray]:
    """Return for each sentence (n, 1) of ones while it would be read and minus ones while the reader would pause."""
    return [np.array(_rows(text), np.float32)[:, None] for text in sentences]


def _rows(text: str) -> list[float]:
    rows: list[float] = []
    for clause in _CLAUSE.findall(" ".join(text.split())):
        spoken = clause.strip(" ,;:—–")
        rows += [1.0] * max(1, round(len(spoken) / CHARACTERS_A_SECOND / HOP_S))
        if clause.rstrip() != spoken and clause.rstrip()[-1:] in ",;:—–":
            rows += [-1.0] * round(COMMA_S / HOP_S)
    return rows + [-1.0] * round(STOP_S / HOP_S)
