"""Which moods answer a text label: the mappings of Won et al. (ISMIR 2021), section 4, and like ones for GoEmotions.

VA: the nearest mood in the valence-arousal plane; W2V: the nearest in a word-embedding space; Manual: by people. For
GoEmotions, which they do not have, VA is reckoned from the NRC-VAD values that AmbianceNet quotes, W2V from word2vec
GoogleNews, and Manual is that of the same emotions in their other sets.
"""

from collections.abc import Mapping
from typing import Final

Mapped = Mapping[str, frozenset[str]]

_ALM_LABELS: Final = ("angry-disgusted", "fearful", "happy", "sad", "surprised")
_ISEAR_LABELS: Final = ("anger", "disgust", "fear", "guilt", "joy", "sadness", "shame")
_EKMAN: Final = ("anger", "disgust", "fear", "joy", "sadness", "surprise")


def _table(labels: tuple[str, ...], *moods: str) -> Mapped:
    return {label: frozenset(answer.split("+")) for label, answer in zip(labels, moods, strict=True)}


ALM: Final[Mapping[str, Mapped]] = {
    "VA": _table(_ALM_LABELS, "angry", "sad", "happy", "sad", "exciting"),
    "W2V": _table(_ALM_LABELS, "angry", "scary", "happy", "sad", "happy"),
    "Manual": _table(_ALM_LABELS, "angry", "scary", "exciting+funny+happy", "sad", "exciting"),
}

ISEAR: Final[Mapping[str, Mapped]] = {
    "VA": _table(_ISEAR_LABELS, "angry", "angry", "angry", "sad", "exciting", "sad", "angry"),
    "W2V": _table(_ISEAR_LABELS, "angry", "angry", "angry", "angry", "tender", "tender", "sad"),
    "Manual": _table(
        _ISEAR_LABELS, "angry", "angry+scary", "scary", "angry+sad", "exciting+funny+happy", "sad", "angry+sad"
    ),
}

GOEMOTIONS: Final[Mapping[str, Mapped]] = {
    "VA": _table(_EKMAN, "angry", "angry", "angry", "exciting", "sad", "exciting"),
    "W2V": _table(_EKMAN, "angry", "angry", "angry", "happy", "sad", "scary"),
    "Manual": _table(_EKMAN, "angry", "angry+scary", "scary", "exciting+funny+happy", "sad", "exciting"),
}

MAPPINGS: Final[Mapping[str, Mapping[str, Mapped]]] = {"alm": ALM, "isear": ISEAR, "goemotions": GOEMOTIONS}


def label_names(dataset: str) -> tuple[str, ...]:
    """Return the labels of a text data set's queries, sorted."""
    return tuple(sorted(next(iter(MAPPINGS[dataset].values()))))
