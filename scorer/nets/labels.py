"""The labels of the text data sets, in the order of the text network's outputs."""

from typing import Final

LABELS: Final[dict[str, tuple[str, ...]]] = {
    "goemotions": (
        *("admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire"),
        *("disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief"),
        *("joy", "love", "nervousness", "optimism", "pride", "realization", "relief", "remorse", "sadness"),
        *("surprise", "neutral"),
    ),
    "isear": ("anger", "disgust", "fear", "guilt", "joy", "sadness", "shame"),
    "alm": ("angry-disgusted", "fearful", "happy", "sad", "surprised"),
}
LABEL_COUNT: Final = sum(map(len, LABELS.values()))


def label_slice(name: str) -> slice:
    """Return where the labels of the data set `name` stand among all."""
    before = 0
    for known, labels in LABELS.items():
        if known == name:
            return slice(before, before + len(labels))
        before += len(labels)
    raise KeyError(name)
