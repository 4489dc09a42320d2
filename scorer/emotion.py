"""The emotion space: what windows and clips are compared in.

Goal: one unit vector for a passage and for a clip, such that their inner product says how well they go together,
that an inner-product index can hold, and that a person can read.

A network gives, for a clip, probabilities m of the seven AudioSet music moods, and for a passage, shares t of the moods
that suit it (what is left of one, n, is *neutral*: no strong mood); for both a point in the valence-arousal plane.
Vectors have four parts:

    clip:     [ sqrt(1 - s) m^b,                      0,        sqrt(s) u(v, a),            sqrt((1 - s)(1 - |m^b|^2)) ]
    passage:  [ sqrt((1 - s)(1 - n)) t / |t|,   sqrt(n),  sqrt(s (1 - n)) u(v, a),                                  0 ]

The product of t with m^b rewards clips that are surely of a mood that suits; b, POWER, lies between the root, for which
the product is the Bhattacharyya coefficient and like distributions are nearest, and one, for which only the surest
clips count. u is the sphere that the valence-arousal square is wrapped on: u(v, a) = (v - 1/2, a - 1/2, 1/2)
normalised. The last part of a clip is what it lacks of unit length. The more neutral a passage, the less it prefers
one clip to another.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

MOODS: Final = ("happy", "funny", "sad", "tender", "exciting", "angry", "scary")
DIMENSIONS: Final = len(MOODS) + 1 + 3 + 1
POWER: Final = 0.7
VA_SHARE: Final = 0.3  # of the inner product; `python -m train space` has what others do on validation data

# Valence and arousal of music are probabilities, which go to the ends of the plane where ratings of texts seldom are.
MUSIC_REACH: Final = 0.3  # `python -m train reach` has what others do on validation data

SPACE: Final = f"suits by moods^{POWER}, neutral, plane to {MUSIC_REACH}, rest; share {VA_SHARE}"  # of others differ


def clip_vector(moods: FloatArray, valence_arousal: FloatArray, share: float = VA_SHARE) -> FloatArray:
    """Join mood probabilities (n, 7), rows summing to one, and VA in [0, 1] (n, 2) to unit vectors (n, DIMENSIONS).

    `share`, s above, is how much of the inner product of two that are not neutral valence and arousal have.
    """
    sure = np.clip(moods, 0.0, 1.0) ** POWER
    rest = np.sqrt(np.clip(1.0 - np.square(sure).sum(axis=1, keepdims=True), 0.0, 1.0))
    weight = np.sqrt(1.0 - share)
    return _join(weight * sure, np.zeros_like(rest), np.sqrt(share) * _sphere(valence_arousal), weight * rest)


def passage_vector(suits: FloatArray, valence_arousal: FloatArray, share: float = VA_SHARE) -> FloatArray:
    """Join shares of suiting moods (n, 7), rows summing to at most one, and VA (n, 2) to unit vectors."""
    shares = np.clip(suits, 0.0, 1.0)
    felt = np.clip(shares.sum(axis=1, keepdims=True), 0.0, 1.0)
    plane = np.sqrt(share * felt) * _sphere(valence_arousal)
    return _join(np.sqrt((1.0 - share) * felt) * _unit(shares), np.sqrt(1.0 - felt), plane, np.zeros_like(felt))


def _join(*parts: NDArray[np.floating]) -> FloatArray:
    joined: FloatArray = np.concatenate(parts, axis=1).astype(np.float32)
    return joined


def _sphere(plane: FloatArray) -> NDArray[np.floating]:
    return _unit(np.concatenate([plane - 0.5, np.full((len(plane), 1), 0.5)], axis=1))


def _unit(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    even = np.full_like(rows, rows.shape[1] ** -0.5)
    return np.asarray(np.divide(rows, length, out=even, where=length > 1e-9))
