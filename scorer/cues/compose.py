"""From a smoothed path to cues: where each begins and ends, where in its track it starts, and why it was chosen."""

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.cues.cue import Cue
from scorer.cues.keep import Kept
from scorer.cues.passage import Passage
from scorer.emotion import MOODS, FloatArray
from scorer.library.index import Index
from scorer.match import Fit, track_fit
from scorer.smooth import borders_of

ALTERNATIVES: Final = 3
EXCERPT_CHARACTERS: Final = 90
OPENING_BONUS: Final = 0.02  # a track's own beginning is worth this much similarity: it was made to begin there


def compose(passage: Passage, fit: Fit, path: NDArray[np.int64], index: Index, kept: Sequence[Kept] = ()) -> list[Cue]:
    """Return the cues of a path (W,) over the states of `settle`; they tile the book's sentences."""
    settled = {one.lock.first: one.cue for one in kept}
    spans = itertools.pairwise(borders_of(path, [one.lock for one in kept]))
    return [
        _cue(number, slice(s, e), int(path[s]), settled.get(s), passage, fit, index)
        for number, (s, e) in enumerate(spans, 1)
    ]


def _cue(number: int, span: slice, state: int, settled: Cue | None, passage: Passage, fit: Fit, index: Index) -> Cue:
    windows, weights = passage.windows[span], passage.seconds[span]
    vectors = passage.emotions.vectors[span]
    first, last = windows[0].core_first, windows[-1].core_last
    chapter = passage.book.chapters[windows[0].chapter]
    valence, arousal = np.average(passage.emotions.valence_arousal[span], axis=0, weights=weights)
    moods = np.average(passage.emotions.moods[span], axis=0, weights=weights)
    scores = np.average(fit.similarity[span], axis=0, weights=weights)
    start_s, end_s = float(passage.times[first]), float(passage.times[last + 1])
    track, track_start_s = "", 0.0
    if settled:
        track, track_start_s = settled.track, settled.track_start_s
    elif state < len(scores):
        row = int(fit.tracks[state])
        track = index.tracks[row].path
        track_start_s = _track_start(vectors, weights, index, row, end_s - start_s)
    score = float(scores[state]) if state < len(scores) else _score(track, vectors, weights, index)
    others = [k for k in np.argsort(-scores, kind="stable").tolist() if k != state and fit.offered[k]]
    return Cue(
        cue=number,
        chapter=chapter.index + 1,
        chapter_title=chapter.title,
        first_sentence=first + 1,
        last_sentence=last + 1,
        start_s=round(start_s, 3),
        end_s=round(end_s, 3),
        track=track,
        track_start_s=round(track_start_s, 3),
        lock=settled is not None,
        mood=MOODS[int(moods.argmax())],
        valence=float(valence),
        arousal=float(arousal),
        score=score or 0.0,
        margin=0.0 if score is None else score - max([0.0, *scores[others[:1]].tolist()]),
        alternatives=tuple(index.tracks[int(fit.tracks[k])].path for k in others[:ALTERNATIVES]),
        excerpt=_excerpt(" ".join(s.text for s in passage.book.sentences[first : min(first + 4, last + 1)])),
    )


def _score(track: str, vectors: FloatArray, weights: NDArray[np.float64], index: Index) -> float | None:
    """Return the similarity of a passage and a track that is none of the candidates, or None where it was not heard."""
    rows = (row for row, known in enumerate(index.tracks) if known.path == track)
    return next((float(np.average(track_fit(vectors, index, row), weights=weights)) for row in rows), None)


def _track_start(vectors: FloatArray, weights: NDArray[np.float64], index: Index, row: int, length_s: float) -> float:
    """Return where in a track to start, in seconds: its stretch of the cue's length that suits the passage most."""
    of_track = np.flatnonzero(index.clip_tracks == row)
    starts = index.clip_starts[of_track].astype(np.float64)
    if index.tracks[row].seconds <= length_s or len(of_track) < 2:
        return 0.0
    similarity = np.average(vectors @ index.clip_vectors[of_track].T, axis=0, weights=weights)
    best, best_value = 0.0, -np.inf
    for start in starts[starts + length_s <= index.tracks[row].seconds]:
        heard = (starts >= start) & (starts < start + length_s)
        value = float(similarity[heard].mean()) + (OPENING_BONUS if start == 0.0 else 0.0)
        if value > best_value + 1e-6:
            best, best_value = float(start), value
    return best


def _excerpt(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= EXCERPT_CHARACTERS:
        return text
    return text[: EXCERPT_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
