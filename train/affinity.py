"""Which music moods suit a text label: our own table joined with what label vectors say.

A third of the affinity is the recipe's table of what a text with that label feels like. A third comes from the
valence-arousal plane (NRC-VAD values as AmbianceNet quotes them, or the Glasgow Norms; a Gaussian of the distance), a
third from word vectors (word2vec GoogleNews; a softmax of cosines). The label mappings that retrieval is scored under
play no part.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scorer.emotion import MOODS

Floats = NDArray[np.float64]


class Affinity:
    """Reads the norms and vectors of the data folder; `row` gives what suits a label."""

    def __init__(self, data: Path, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._points = NORMS[settings["norms"]](data)
        with np.load(data / "text/vectors/googlenews_300d.npz", allow_pickle=False) as arrays:
            wanted = {*self._points, *MOODS}
            self._words = {
                str(word): _unit(vector.astype(np.float64))
                for word, vector in zip(arrays["words"], arrays["vectors"], strict=True)
                if word in wanted
            }

    def row(self, label: str, own: Floats) -> Floats:
        """Return shares (8,) of the moods and neutral that suit `label`; of `own` (8,), the table's, neutral stays.

        Raises `KeyError` where a word that stands for the label has no point or vector.
        """
        felt = 1.0 - own[-1]
        anchors = self._settings["anchors"].get(label, [label])
        if felt <= 0.0 or not anchors:
            return own
        share = self._settings["own"]
        vectors = (self._plane(anchors) + self._cosines(anchors)) / 2.0
        return np.append(share * own[:-1] + (1.0 - share) * felt * vectors, own[-1])

    def _plane(self, anchors: Sequence[str]) -> Floats:
        point = np.mean([self._points[word] for word in anchors], axis=0)
        distances = np.array([np.linalg.norm(self._points[mood] - point) for mood in MOODS])
        return _softmax(-((distances / self._settings["plane"]) ** 2) / 2.0)

    def _cosines(self, anchors: Sequence[str]) -> Floats:
        vector = _unit(np.mean([self._words[word] for word in anchors], axis=0))
        return _softmax(np.array([self._words[mood] @ vector for mood in MOODS]) / self._settings["words"])


def _nrc_vad(data: Path) -> dict[str, Floats]:
    with (data / "text/norms/vad_labels.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return {row["label"]: np.array([float(row["valence"]), float(row["arousal"])]) for row in rows}


def _glasgow(data: Path) -> dict[str, Floats]:
    with (data / "text/norms/glasgow_norms.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        return {row["Word"]: (np.array([float(row["Valence"]), float(row["Arousal"])]) - 1.0) / 8.0 for row in rows}


NORMS: Final = {"nrc-vad": _nrc_vad, "glasgow": _glasgow}


def _unit(vector: Floats) -> Floats:
    return vector / np.linalg.norm(vector)


def _softmax(x: Floats) -> Floats:
    shifted = np.exp(x - x.max())
    return np.asarray(shifted / shifted.sum())
