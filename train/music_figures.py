"""The figures of a music encoder against people's labels, by clip, with bootstrap intervals."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

from scorer.emotion import MOODS
from train.music_cache import FloatArray, Label
from train.music_targets import AROUSAL_OF_QUADRANT, VALENCE_OF_QUADRANT

DRAWS: Final = 1000
QUADRANT_OF_SIGNS: Final = {(True, True): 0, (False, True): 1, (False, False): 2, (True, False): 3}

Figure = dict[str, float]  # value, and the ends of its 95 % interval: low, high


def figures(
    labels: Sequence[Label], moods: FloatArray, valence_arousal: FloatArray, *, seed: int = 0
) -> Mapping[str, Any]:
    """Compare predictions with labels; row i of `moods` (n, 7) and `valence_arousal` (n, 2) belongs to `labels[i]`.

    Quadrants are read from the signs of V - 1/2 and A - 1/2. An AUC is taken over the clips of one set that have any
    mood label; a mood with fewer than five clips on either side is left out. Intervals: percentile bootstrap over clips
    (Efron 1979).
    """
    panda = np.array([label.quadrant is not None for label in labels])
    mirex = np.array([label.cluster is not None for label in labels])
    points = valence_arousal[panda] > 0.5
    quadrant = np.array([label.quadrant for label in labels if label.quadrant is not None])
    said = np.array([QUADRANT_OF_SIGNS[(bool(v), bool(a))] for v, a in points])
    truth = np.stack([VALENCE_OF_QUADRANT, AROUSAL_OF_QUADRANT], axis=1)[quadrant] > 0.5
    draw = np.random.default_rng(seed)
    return {
        "clips": {"panda": int(panda.sum()), "mirex": int(mirex.sum())},
        "quadrant_macro_f1": _interval(draw, len(said), lambda i: f1_score(quadrant[i], said[i], average="macro")),
        "valence_sign": _interval(draw, len(said), lambda i: float((points[i, 0] == truth[i, 0]).mean())),
        "arousal_sign": _interval(draw, len(said), lambda i: float((points[i, 1] == truth[i, 1]).mean())),
        "mood_auc_panda": _mood_aucs(draw, labels, moods, panda),
        "mood_auc_mirex": _mood_aucs(draw, labels, moods, mirex),
    }


def _interval(draw: np.random.Generator, n: int, statistic: Callable[[NDArray[np.int64]], float]) -> Figure:
    draws = [statistic(draw.integers(0, n, n)) for _ in range(DRAWS)]
    low, high = np.quantile(draws, [0.025, 0.975])
    value = statistic(np.arange(n))
    return {"value": round(float(value), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def _mood_aucs(
    draw: np.random.Generator, labels: Sequence[Label], moods: FloatArray, rows: NDArray[np.bool_]
) -> dict[str, Any]:
    known = rows & np.array([bool(label.moods) for label in labels])
    truth = np.array([[mood in label.moods for mood in MOODS] for label in labels])[known]
    said = moods[known]
    enough = [k for k in range(len(MOODS)) if min(truth[:, k].sum(), (~truth[:, k]).sum()) >= 5]
    each = {MOODS[k]: round(float(roc_auc_score(truth[:, k], said[:, k])), 3) for k in enough}

    def mean(index: NDArray[np.int64]) -> float:
        both = [k for k in enough if 0 < truth[index, k].sum() < len(index)]
        return float(np.mean([roc_auc_score(truth[index, k], said[index, k]) for k in both]))

    return {"each": each, "mean": _interval(draw, len(said), mean)}
