"""Why a cue is what it is: what its passage feels like, what its windows alone would have, and which words moved it.

The influence of a sentence, or a word, is what the passage's similarity with the cue's track, or with silence where
that was not heard, loses when it is left out of every window that has it; below zero, it speaks for other music.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from spacy.lang.en.stop_words import STOP_WORDS

from scorer.book import Window
from scorer.cues.cue import Cue
from scorer.cues.passage import Passage
from scorer.cues.wishes import SILENCE
from scorer.emotion import MOODS, FloatArray
from scorer.library.index import Index
from scorer.match import Fit, silence_similarity, track_fit

Embed = Callable[[Sequence[str]], FloatArray]  # n texts to (n, d)
TOLD: Final = 3  # runners-up, sentences, and words of each
_TELLING: Final = {
    *("no", "not", "never", "nothing", "nobody", "none", "neither", "nor", "without", "cannot"),
    *("alone", "empty", "serious", "together"),
}
_EMPTY: Final = frozenset(STOP_WORDS) - _TELLING


@dataclass(frozen=True, slots=True)
class Influence:
    """A piece of text, how much it moved the cue, and the words in it that did most; `sentence` counts from 1."""

    sentence: int
    text: str
    effect: float
    words: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a cue is what it is.

    `moods` are shares, neutral among them, the greatest first; `score` is the similarity of passage and track, None
    where the track was not heard or is silence; `runners_up` are other tracks with theirs; `alone` is which share of
    the time each track, or silence, would have if each window had its best; `sentences` are those that moved it most.
    """

    cue: Cue
    moods: tuple[tuple[str, float], ...]
    valence: float
    arousal: float
    score: float | None
    runners_up: tuple[tuple[str, float], ...]
    alone: tuple[tuple[str, float], ...]
    sentences: tuple[Influence, ...]


def explain(cue: Cue, passage: Passage, fit: Fit, index: Index, embed: Embed) -> Explanation:
    """Explain a cue of a passage whose windows begin where it does, and where it ends; `embed` as the passage was."""
    span = passage.span(cue.first_sentence - 1, cue.last_sentence)
    weights = passage.seconds[span] / passage.seconds[span].sum()
    paths = [track.path for track in index.tracks]
    row = paths.index(cue.track) if cue.track in paths else None
    scores = weights @ fit.similarity[span]
    order = [k for k in np.argsort(-scores, kind="stable").tolist() if fit.offered[k] and fit.tracks[k] != row]
    valence, arousal = (weights @ passage.emotions.valence_arousal[span]).tolist()
    closeness = _closeness(index, row)
    return Explanation(
        cue=cue,
        moods=_shares([*MOODS, "neutral"], np.append(moods := weights @ passage.emotions.moods[span], 1 - moods.sum())),
        valence=valence,
        arousal=arousal,
        score=None if row is None else float(weights @ closeness(passage.emotions.vectors[span])),
        runners_up=tuple((paths[fit.tracks[k]], float(scores[k])) for k in order[:TOLD]),
        alone=_alone(fit, span, weights, paths),
        sentences=_influences(cue, passage, span, weights, closeness, embed),
    )


def _closeness(index: Index, row: int | None) -> Callable[[FloatArray], FloatArray]:
    """Return how near windows' vectors (W, d) are to a track, or to silence."""
    if row is None:
        return silence_similarity
    return lambda vectors: track_fit(vectors, index, row)


def _shares(names: Sequence[str], shares: NDArray[np.floating]) -> tuple[tuple[str, float], ...]:
    return tuple((names[k], float(shares[k])) for k in np.argsort(-shares, kind="stable").tolist())


def _alone(fit: Fit, span: slice, weights: NDArray[np.float64], paths: Sequence[str]) -> tuple[tuple[str, float], ...]:
    names = [*(paths[row] for row in fit.tracks), SILENCE]
    best = fit.states[span].argmax(axis=1)
    shares = np.bincount(best, weights=weights, minlength=len(names)).astype(np.float64)
    return tuple(pair for pair in _shares(names, shares) if pair[1] > 0)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A piece of a sentence, characters of its chapter's text, that is left out."""

    sentence: int
    start: int
    end: int


def _influences(
    cue: Cue,
    passage: Passage,
    span: slice,
    weights: NDArray[np.float64],
    closeness: Callable[[FloatArray], FloatArray],
    embed: Embed,
) -> tuple[Influence, ...]:
    sentences, windows = passage.book.sentences, passage.windows[span]
    base = closeness(passage.emotions.vectors[span])

    def effects(cuts: Sequence[_Cut]) -> list[float]:
        pairs = [(n, w) for n, cut in enumerate(cuts) for w, window in enumerate(windows) if _has(window, cut)]
        near = closeness(embed([_without(passage, windows[w], cuts[n]) for n, w in pairs]))
        lost = np.zeros(len(cuts))
        for (n, w), value in zip(pairs, near.tolist(), strict=True):
            lost[n] += weights[w] * (base[w] - value)
        return [float(value) for value in lost]

    numbers = range(cue.first_sentence - 1, cue.last_sentence)
    whole = [_Cut(n, sentences[n].start, sentences[n].end) for n in numbers]
    most = sorted(zip(whole, effects(whole), strict=True), key=lambda pair: -abs(pair[1]))[:TOLD]
    told = []
    for cut, effect in most:
        found = _words(sentences[cut.sentence].text)
        words = [_Cut(cut.sentence, cut.start + word.start(), cut.start + word.end()) for word in found]
        moved = zip([word.group() for word in found], effects(words), strict=True)
        best = tuple(sorted(moved, key=lambda pair: -abs(pair[1]))[:TOLD])
        told.append(Influence(cut.sentence + 1, " ".join(sentences[cut.sentence].text.split()), effect, best))
    return tuple(told)


def _words(text: str) -> list[re.Match[str]]:
    """Find the words of a sentence that mean something; where none does, all."""
    words = list(re.finditer(r"\w[\w’'-]*", text))
    return [word for word in words if word.group().lower().replace("’", "'") not in _EMPTY] or words


def _has(window: Window, cut: _Cut) -> bool:
    return window.first <= cut.sentence <= window.last


def _without(passage: Passage, window: Window, cut: _Cut) -> str:
    start = passage.book.sentences[window.first].start
    return window.text[: cut.start - start] + window.text[cut.end - start :]
