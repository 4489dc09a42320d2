"""What an encoder says of its items."""

from dataclasses import dataclass

from scorer.emotion import FloatArray, emotion_vector


@dataclass(frozen=True, slots=True)
class Emotions:
    """Moods (n, 7) in the order of `emotion.MOODS`, rows summing to at most one; valence, arousal (n, 2) in [0, 1]."""

    moods: FloatArray
    valence_arousal: FloatArray

    @property
    def vectors(self) -> FloatArray:
        """Unit vectors (n, DIMENSIONS) of the emotion space."""
        return emotion_vector(self.moods, self.valence_arousal)
