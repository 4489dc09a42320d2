"""What the music network is to say of each training window.

People's labels are few and of pop songs; the teacher has heard all kinds of music, but gives moods tiny probabilities
with very uneven base rates. The targets join both. For each mood the evidence is a sum of log-likelihood ratios, so
that a mood that is rare among the labels is not therefore rare among the targets:

- teacher: its seven mood logits, each standardised over the training windows, less their mean in the window;
- word: how strongly the tag branch's words for a mood ("sad", "party") fit the window, as `words` in the recipe lists
  them, standardised, less the mean of the moods that have any;
- probe: log-odds of logistic regressions from the embeddings of both teachers to a label mood, their mean less the
  prior's log-odds, predicted across folds where people labelled the window's clip;
- label and quadrant: where people gave them.

A softmax over the evidence, levelled so that the seven are about equally common, is the target.
Valence and arousal are P(V+) and P(A+), from the quadrant, the MIREX cluster and probes alike; without any quadrant,
those of the moods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scorer.emotion import MOODS
from train.music_cache import FloatArray, Label, Windows
from train.musicnn import WORDS, words_of

TEACHER_MOODS: Final = slice(276, 283)  # of AudioSet's 527 classes, in the order of MOODS
VALENCE_OF_QUADRANT: Final = (1.0, 0.0, 0.0, 1.0)
AROUSAL_OF_QUADRANT: Final = (1.0, 1.0, 0.0, 0.0)
# P(V+), P(A+) by what the five clusters are called (Hu and Downie 2007): passionate and rousing, cheerful and sweet,
# wistful and brooding, humorous and quirky, aggressive and tense
CLUSTER_POINTS: Final = ((0.75, 0.8), (0.85, 0.5), (0.3, 0.2), (0.7, 0.6), (0.2, 0.85))
PROBE_FOLDS: Final = 5
# inverse strengths for the teacher and the tag branch; 384 and 200 standardised inputs, a few thousand windows
PROBE_PENALTIES: Final = (0.003, 0.01)
Views = tuple[FloatArray, ...]  # what is known of the windows, each (n, k)


@dataclass(frozen=True, slots=True)
class Targets:
    """Row i of every array belongs to window i."""

    moods: FloatArray  # (n, 7), rows sum to one
    valence_arousal: FloatArray  # (n, 2), P(V+) and P(A+)
    quadrant: NDArray[np.int64]  # (n,), -1 where nobody said
    cluster: NDArray[np.int64]  # (n,), -1 where nobody said
    label_moods: FloatArray  # (n, 7), 0 or 1; rows of -1 where nobody said

    def rows(self, index: NDArray[np.int64]) -> "Targets":
        """Return the targets of some windows."""
        return Targets(*(getattr(self, name)[index] for name in self.__slots__))


def label_arrays(windows: Windows, labels: Mapping[str, Label]) -> Targets:
    """Return people's labels a window; `moods` and `valence_arousal` are NaN where they say nothing."""
    n = len(windows.clips)
    out = Targets(
        moods=np.full((n, len(MOODS)), np.nan, np.float32),
        valence_arousal=np.full((n, 2), np.nan, np.float32),
        quadrant=np.full(n, -1),
        cluster=np.full(n, -1),
        label_moods=np.full((n, len(MOODS)), -1.0, np.float32),
    )
    for i, clip in enumerate(windows.clips.tolist()):
        label = labels.get(clip)
        if label is None:
            continue
        if label.moods:
            out.label_moods[i] = [mood in label.moods for mood in MOODS]
        if label.quadrant is not None:
            out.quadrant[i] = label.quadrant
            out.valence_arousal[i] = VALENCE_OF_QUADRANT[label.quadrant], AROUSAL_OF_QUADRANT[label.quadrant]
        if label.cluster is not None:
            out.cluster[i] = label.cluster
    return out


def build_targets(
    windows: Windows,
    tags: FloatArray,
    labels: Mapping[str, Label],
    train: NDArray[np.bool_],
    weights: Mapping[str, Any],
) -> Targets:
    """Return the targets of all windows, fitted on those where `train` holds and nothing else.

    `tags` (n, TAGS) is what the tag branch says of the windows; people's labels are probed from it and the teacher.

    `weights`: teacher, word (and the words of each mood), probe, label, quadrant (of the mood evidence), sharpness (its
    factor before the softmax), own (how far each source is levelled by itself), label_share (of people's VA against
    the probe's), points and slope (the moods' valence and arousal, and how steeply they tell; where there is no
    quadrant).
    """
    said = label_arrays(windows, labels)
    groups = np.array([labels[c].artist_group if c in labels else -1 for c in windows.clips.tolist()])
    evidence = weights["teacher"] * _teacher_evidence(windows, train)
    if weights["words"]:
        evidence += weights["word"] * _word_evidence(words_of(tags), weights["words"], train)
    evidence += weights["probe"] * _probe_evidence((windows.embeddings, tags), said, groups, train)
    evidence += weights["label"] * _label_evidence(said)
    evidence += weights["quadrant"] * _quadrant_evidence(said, train)
    moods = _even_softmax(evidence, windows.sources, train, weights)
    if (train & (said.quadrant >= 0)).any():
        points = _points((windows.embeddings, tags), said, groups, train, weights["label_share"])
    else:
        points = _points_of_moods(moods, train, weights)
    return Targets(moods, points, said.quadrant, said.cluster, said.label_moods)


def _teacher_evidence(windows: Windows, train: NDArray[np.bool_]) -> FloatArray:
    logits = windows.logits[:, TEACHER_MOODS]
    means, deviations = zip(*(_moments(logits[train & (windows.sources == s)]) for s in _sources(windows)), strict=True)
    standard = (logits - np.mean(means, axis=0)) / np.mean(deviations, axis=0)
    return np.asarray(standard - standard.mean(axis=1, keepdims=True), dtype=np.float32)


def _word_evidence(log_odds: FloatArray, words: Mapping[str, Sequence[str]], train: NDArray[np.bool_]) -> FloatArray:
    mean, deviation = _moments(log_odds[train])
    standard = (log_odds - mean) / deviation
    out = np.zeros((len(log_odds), len(MOODS)), np.float32)
    named = [k for k, mood in enumerate(MOODS) if words.get(mood)]
    for k in named:
        out[:, k] = standard[:, [WORDS.index(word) for word in words[MOODS[k]]]].mean(axis=1)
    out[:, named] -= out[:, named].mean(axis=1, keepdims=True)
    return out


def _moments(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    return values.mean(axis=0), values.std(axis=0)


def _sources(windows: Windows) -> list[str]:
    return sorted(set(windows.sources.tolist()))


def _probe(penalty: float) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(C=penalty, max_iter=300))


def _log_odds(views: Views, y: NDArray[np.bool_], groups: NDArray[np.int64], fit: NDArray[np.bool_]) -> FloatArray:
    """Log-odds (n,), the mean over views of the windows, of probes fitted on the rows `fit`.

    Those of these rows themselves are predicted across artist-grouped folds.
    """
    found = []
    for x, penalty in zip(views, PROBE_PENALTIES, strict=True):
        out = _probe(penalty).fit(x[fit], y[fit]).decision_function(x)
        out[fit] = cross_val_predict(
            _probe(penalty), x[fit], y[fit], groups=groups[fit], cv=GroupKFold(PROBE_FOLDS), method="decision_function"
        )
        found.append(out)
    return np.asarray(np.mean(found, axis=0), dtype=np.float32)


def _probe_evidence(views: Views, said: Targets, groups: NDArray[np.int64], train: NDArray[np.bool_]) -> FloatArray:
    out = np.zeros((len(train), len(MOODS)), np.float32)
    fit = train & (said.label_moods[:, 0] >= 0)
    if not fit.any():
        return out
    for k in range(len(MOODS)):
        y = said.label_moods[:, k] > 0
        share = float(y[fit].mean())
        out[:, k] = _log_odds(views, y, groups, fit) - np.log(share / (1.0 - share))
    out -= out.mean(axis=1, keepdims=True)
    return out


def _label_evidence(said: Targets) -> FloatArray:
    known = said.label_moods[:, :1] >= 0
    return np.where(known, said.label_moods - said.label_moods.mean(axis=1, keepdims=True), 0.0)


def _quadrant_evidence(said: Targets, train: NDArray[np.bool_]) -> FloatArray:
    """Log of how much likelier each mood is in the window's quadrant than in any, with five pseudo-counts."""
    known = train & (said.quadrant >= 0) & (said.label_moods[:, 0] >= 0)
    if not known.any():
        return np.zeros(said.label_moods.shape, np.float32)
    counts = np.stack([said.label_moods[known & (said.quadrant == q)].sum(axis=0) for q in range(4)])
    expected = counts.sum(axis=0, keepdims=True) * counts.sum(axis=1, keepdims=True) / counts.sum()
    ratio = np.log((counts + 5.0) / (expected + 5.0))
    return np.where(said.quadrant[:, None] >= 0, ratio[said.quadrant], 0.0).astype(np.float32)


def _even_softmax(
    evidence: FloatArray, sources: NDArray[np.str_], train: NDArray[np.bool_], weights: Mapping[str, float]
) -> FloatArray:
    """Softmax over moods, after each mood's mean and deviation have been drawn to common ones.

    `own` of the way that is done within a source: listeners' and AudioSet's words shift between songs and game music
    for reasons that have little to do with mood (happy songs are sung), but not wholly.
    """
    each = {s: train & (sources == s) for s in sorted(set(sources.tolist()))}
    own, spread = weights["own"], np.mean([evidence[rows].std(axis=0) for rows in each.values()])
    level = np.empty_like(evidence)
    for source, rows in each.items():
        here = sources == source
        stretch = (spread / evidence[rows].std(axis=0)) ** own
        level[here] = weights["sharpness"] * stretch * (evidence[here] - own * evidence[rows].mean(axis=0))
    common = _even_bias([level[rows] for rows in each.values()])
    bias = {s: (1.0 - own) * common + own * _even_bias([level[rows]]) for s, rows in each.items()}
    return _softmax(level + np.stack([bias[s] for s in sources.tolist()]))


def _even_bias(evidences: list[FloatArray]) -> NDArray[np.float64]:
    """Constants (7,) under which the softmax's mean, over each array and then over the arrays, is even."""
    bias = np.zeros(evidences[0].shape[1])
    for _ in range(40):
        share = np.mean([_softmax(evidence + bias).mean(axis=0) for evidence in evidences], axis=0)
        bias -= 0.7 * np.log(share * len(share))
    return bias


def _softmax(x: NDArray[Any]) -> FloatArray:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True), dtype=np.float32)


def _points_of_moods(moods: FloatArray, train: NDArray[np.bool_], weights: Mapping[str, Any]) -> FloatArray:
    """P(V+) and P(A+) of windows by the moods' points; half of the training windows lie on either side, about."""
    points = moods @ np.array([weights["points"][mood] for mood in MOODS], np.float32)
    standard = (points - points[train].mean(axis=0)) / points[train].std(axis=0)
    return np.asarray(1.0 / (1.0 + np.exp(-weights["slope"] * standard)), np.float32)


def _points(
    views: Views, said: Targets, groups: NDArray[np.int64], train: NDArray[np.bool_], label_share: float
) -> FloatArray:
    out = np.empty((len(train), 2), np.float32)
    fit = train & (said.quadrant >= 0)
    for axis in range(2):
        y = said.valence_arousal[:, axis] > 0.5
        out[:, axis] = 1.0 / (1.0 + np.exp(-_log_odds(views, y, groups, fit)))
    clusters = np.where(said.cluster[:, None] >= 0, np.asarray(CLUSTER_POINTS)[said.cluster], np.nan)
    people = np.where(np.isnan(said.valence_arousal), clusters, said.valence_arousal)
    return np.where(np.isnan(people), out, label_share * people + (1.0 - label_share) * out).astype(np.float32)
