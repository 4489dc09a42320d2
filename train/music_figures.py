"""The figures of a music encoder against people's labels, by clip, with bootstrap intervals."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import f1_score

from scorer.emotion import MOODS
from train.music_cache import FloatArray, Label
from train.music_targets import AROUSAL_OF_QUADRANT, VALENCE_OF_QUADRANT

QUADRANT_OF_SIGNS: Final = {(True, True): 0, (False, True): 1, (False, False): 2, (True, False): 3}

Statistic = Callable[[NDArray[np.int64]], float]  # of the rows of a draw
Figure = dict[str, float]  # value, and the ends of its 95 % interval: low, high


def figures(
    labels: Sequence[Label], moods: FloatArray, valence_arousal: FloatArray, *, draws: int = 1000, seed: int = 0
) -> Mapping[str, Any]:
    """Compare predictions with labels; row i of `moods` (n, 7) and `valence_arousal` (n, 2) belongs to `labels[i]`.

    Quadrants are read from the signs of V - 1/2 and A - 1/2; a set none of whose clips is there is left out. An AUC is
    taken over the clips of one set that have any mood label; a mood with fewer than five clips on either side is left
    out. Intervals: percentile bootstrap over clips (Efron 1979).
    """
    panda = np.array([label.quadrant is not None for label in labels])
    mirex = np.array([label.cluster is not None for label in labels])
    draw = np.random.default_rng(seed)

    def interval(n: int, statistic: Statistic) -> Figure:
        values = [statistic(draw.integers(0, n, n)) for _ in range(draws)]
        ends = dict(zip(("low", "high"), np.quantile(values, [0.025, 0.975]), strict=True))
        return {name: round(float(x), 3) for name, x in {"value": statistic(np.arange(n)), **ends}.items()}

    found: dict[str, Any] = {"clips": {"panda": int(panda.sum()), "mirex": int(mirex.sum())}}
    if panda.any():
        found |= _quadrants(interval, labels, valence_arousal[panda] > 0.5)
        found["mood_auc_panda"] = _mood_aucs(interval, labels, moods, panda)
    if mirex.any():
        found["mood_auc_mirex"] = _mood_aucs(interval, labels, moods, mirex)
    return found


def _quadrants(
    interval: Callable[[int, Statistic], Figure], labels: Sequence[Label], points: NDArray[np.bool_]
) -> dict[str, Figure]:
    quadrant = np.array([label.quadrant for label in labels if label.quadrant is not None])
    said = np.array([QUADRANT_OF_SIGNS[(bool(v), bool(a))] for v, a in points])
    truth = np.stack([VALENCE_OF_QUADRANT, AROUSAL_OF_QUADRANT], axis=1)[quadrant] > 0.5
    return {
        "quadrant_macro_f1": interval(len(said), lambda i: f1_score(quadrant[i], said[i], average="macro")),
        "valence_sign": interval(len(said), lambda i: float((points[i, 0] == truth[i, 0]).mean())),
        "arousal_sign": interval(len(said), lambda i: float((points[i, 1] == truth[i, 1]).mean())),
    }


def _mood_aucs(
    interval: Callable[[int, Statistic], Figure],
    labels: Sequence[Label],
    moods: FloatArray,
    rows: NDArray[np.bool_],
) -> dict[str, Any]:
    known = rows & np.array([bool(label.moods) for label in labels])
    truth = np.array([[mood in label.moods for mood in MOODS] for label in labels])[known]
    said = moods[known]
    enough = [k for k in range(len(MOODS)) if min(truth[:, k].sum(), (~truth[:, k]).sum()) >= 5]
    each = {MOODS[k]: round(float(auc), 3) for k, auc in zip(enough, areas(truth, said)[enough], strict=True)}
    mean = interval(len(said), lambda i: float(np.nanmean(areas(truth[i], said[i])[enough])))
    return {"each": each, "mean": mean}


def areas(truth: NDArray[np.bool_], said: FloatArray) -> NDArray[np.float64]:
    """Areas (k,) under the columns' ROC curves, as Mann-Whitney's U / (positives * negatives); NaN where one is 0."""
    positives = truth.sum(axis=0)
    u = (rankdata(said, axis=0) * truth).sum(axis=0) - positives * (positives + 1) / 2
    pairs = positives * (len(truth) - positives)
    return np.asarray(np.where(pairs > 0, u / np.maximum(pairs, 1), np.nan))
