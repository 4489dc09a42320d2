"""The emotion space: what windows and clips are compared in.

Goal: one unit vector for a passage and for a clip, such that their inner product says how well they go together,
that an inner-product index can hold, and that a person can read.

A network gives, for a passage or a clip, probabilities of the seven AudioSet music moods (what is left of one, n, is
the probability of *neutral*: no strong mood) and a point in the valence-arousal plane. `emotion_vector` joins them:

    e = [ sqrt((1 - s) p_1) .. sqrt((1 - s) p_7),  sqrt(n),  sqrt(s (1 - n)) u(v, a) ]

The first part makes the inner product the Bhattacharyya coefficient of two mood distributions (Bhattacharyya 1943),
which is one for equal distributions and zero for disjoint ones. The last is the cosine on a sphere that the
valence-arousal square is wrapped on: u(v, a) = (v - 1/2, a - 1/2, 1/2) normalised. e has unit length. Music is never
neutral, so a passage ranks it as if it were not either, and the more neutral it is, the less it prefers one to another.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

MOODS: Final = ("happy", "funny", "sad", "tender", "exciting", "angry", "scary")
DIMENSIONS: Final = len(MOODS) + 1 + 3
VA_SHARE: Final = 0.3  # of the inner product; `python -m train space` has what others do on validation data

SPACE: Final = f"root moods, neutral, wrapped valence and arousal; share {VA_SHARE}"  # vectors of others do not compare


def emotion_vector(moods: FloatArray, valence_arousal: FloatArray, share: float = VA_SHARE) -> FloatArray:
    """Join mood probabilities (n, 7), each row summing to at most one, and VA in [0, 1] (n, 2) to unit vectors (n, 11).

    `share`, s above, is how much of the inner product of two that are not neutral valence and arousal have.
    """
    total = moods.sum(axis=1, keepdims=True)
    felt = np.clip(total, 0.0, 1.0)
    chances = np.clip(moods, 0.0, 1.0) * (felt / np.maximum(total, 1e-12))
    sphere = np.concatenate([valence_arousal - 0.5, np.full((len(moods), 1), 0.5)], axis=1)
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    parts = [np.sqrt((1.0 - share) * chances), np.sqrt(1.0 - felt), np.sqrt(share * felt) * sphere]
    return np.concatenate(parts, axis=1).astype(np.float32)
