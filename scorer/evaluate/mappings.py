"""Which moods answer a text label: the mappings of Won et al. (ISMIR 2021), section 4."""

from collections.abc import Mapping
from typing import Final

Mapped = Mapping[str, frozenset[str]]

# VA: nearest mood in the valence-arousal plane; W2V: nearest mood in a word-embedding space; Manual: by people.
ALM: Final[Mapping[str, Mapped]] = {
    "VA": {
        "angry-disgusted": frozenset({"angry"}),
        "fearful": frozenset({"sad"}),
        "happy": frozenset({"happy"}),
        "sad": frozenset({"sad"}),
        "surprised": frozenset({"exciting"}),
    },
    "W2V": {
        "angry-disgusted": frozenset({"angry"}),
        "fearful": frozenset({"scary"}),
        "happy": frozenset({"happy"}),
        "sad": frozenset({"sad"}),
        "surprised": frozenset({"happy"}),
    },
    "Manual": {
        "angry-disgusted": frozenset({"angry"}),
        "fearful": frozenset({"scary"}),
        "happy": frozenset({"exciting", "funny", "happy"}),
        "sad": frozenset({"sad"}),
        "surprised": frozenset({"exciting"}),
    },
}
