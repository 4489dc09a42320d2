"""What an encoder says of its items."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from scorer.emotion import FloatArray, clip_vector, passage_vector


@dataclass(frozen=True, slots=True)
class Emotions:
    """Moods (n, 7) in the order of `emotion.MOODS`, rows summing to at most one; valence, arousal (n, 2) in [0, 1].

    `vectors` (n, DIMENSIONS) are the items' unit vectors in the emotion space. `music` (n,) is the probability that a
    clip is music at all; for passages it is one.
    """

    moods: FloatArray
    valence_arousal: FloatArray
    vectors: FloatArray
    music: FloatArray

    @classmethod
    def of_clips(
        cls, moods: FloatArray, valence_arousal: FloatArray, music: FloatArray | None = None, reach: float = 1.0
    ) -> Self:
        """Place what was heard in the emotion space; it is music unless `music` says otherwise.

        `reach`: how far from the middle of the plane, of the way to its valence and arousal, a clip is placed.
        """
        sure = np.ones(len(moods), np.float32) if music is None else music
        return cls(moods, valence_arousal, clip_vector(moods, 0.5 + reach * (valence_arousal - 0.5)), sure)

    @classmethod
    def of_passages(cls, moods: FloatArray, suits: FloatArray, valence_arousal: FloatArray, plane: FloatArray) -> Self:
        """Place what was read in the emotion space, by the moods (n, 7) and the point (n, 2) of music that suits."""
        return cls(moods, valence_arousal, passage_vector(suits, plane), np.ones(len(moods), np.float32))
