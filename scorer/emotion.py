"""The emotion space: what windows and clips are compared in.

Goal: one unit vector for a passage and for a clip, such that their inner product says how well they go together,
that an inner-product index can hold, and that a person can read.

A network gives, for a passage or a clip, probabilities of the seven AudioSet music moods (what is left of one is
the probability of *neutral*: no strong mood) and a point in the valence-arousal plane. `emotion_vector` joins them:

    e = [ cos t * sqrt(p_1 .. p_7, p_neutral),  sin t * u(v, a) ]

The first part makes the inner product the Bhattacharyya coefficient of two mood distributions (Bhattacharyya 1943),
which is one for equal distributions and zero for disjoint ones. The second is the cosine on a sphere that the
valence-arousal square is wrapped on: u(v, a) = (v - 1/2, a - 1/2, 1/2) normalised. Both parts have unit length,
hence e has.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

MOODS: Final = ("happy", "funny", "sad", "tender", "exciting", "angry", "scary")
DIMENSIONS: Final = len(MOODS) + 1 + 3
VA_SHARE: Final = 0.2  # sin^2 t: the share of the inner product that valence and arousal have


def emotion_vector(moods: FloatArray, valence_arousal: FloatArray, share: float = VA_SHARE) -> FloatArray:
    """Join mood probabilities (n, 7), each row summing to at most one, and VA in [0, 1] (n, 2) to unit vectors (n, 11).

    The inner product of two results is (1 - share) times the Bhattacharyya coefficient of the mood distributions
    plus share times the cosine of the wrapped valence-arousal points.
    """
    neutral = np.clip(1.0 - moods.sum(axis=1, keepdims=True), 0.0, 1.0)
    root = np.sqrt(np.clip(np.concatenate([moods, neutral], axis=1), 0.0, 1.0))
    root /= np.linalg.norm(root, axis=1, keepdims=True)
    sphere = np.concatenate([valence_arousal - 0.5, np.full((len(moods), 1), 0.5)], axis=1)
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    joined = np.concatenate([math.sqrt(1.0 - share) * root, math.sqrt(share) * sphere], axis=1)
    return joined.astype(np.float32)
