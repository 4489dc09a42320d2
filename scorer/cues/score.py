"""A book scored: the whole way from its windows to its cues."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scorer.book import AS_IT_IS, Book, Reading, read_book, windows
from scorer.cues.compose import Passage, compose
from scorer.cues.cue import Cue
from scorer.cues.settings import Settings
from scorer.cues.timing import sentence_times
from scorer.errors import LibraryError
from scorer.library.catalogue import model_of
from scorer.library.index import Index
from scorer.match import match
from scorer.nets.registry import Pair, pair, pairs
from scorer.nets.text_encoder import TextEncoder
from scorer.smooth import Costs, smooth_fairly


@dataclass(frozen=True, slots=True)
class Score:
    """A scored book: its windows with their emotions, and its cues."""

    passage: Passage
    cues: list[Cue]


def _costs(settings: Settings) -> Costs:
    return Costs(
        switch=settings.switch,
        switch_at_chapter=min(settings.switch, settings.switch_at_chapter),
        replay=settings.replay,
        replay_gap_s=settings.replay_gap_s,
        min_cue_s=settings.min_cue_s,
    )


def read_passage(
    book: Book, encoder: TextEncoder, settings: Settings, progress: Callable[[int], None] | None = None
) -> Passage:
    """Cut a book into windows and embed them; `progress` is called with the number of windows just done."""
    cut = windows(book, settings.window, settings.stride)
    times = sentence_times(book, settings.wpm)
    seconds = np.array([times[w.core_last + 1] - times[w.core_first] for w in cut])
    emotions = encoder.encode([window.text for window in cut], progress=progress)
    return Passage(book, cut, seconds, emotions, times)


def score_passage(passage: Passage, index: Index, settings: Settings) -> Score:
    """Choose the music for an embedded book."""
    fit = match(passage.emotions.vectors, passage.seconds, index, settings.silence)
    chapters = np.array([window.chapter for window in passage.windows])
    path = smooth_fairly(fit.states, passage.seconds, chapters, _costs(settings), settings.most_share)
    return Score(passage, compose(passage, fit, path, index))


def score_book(
    path: Path,
    index_folder: Path,
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
    model: str | None = None,
    *,
    reading: Reading = AS_IT_IS,
) -> Score:
    """Read a book, open the index and score; `progress` is called with (windows just done, windows in all).

    `model` is the pair of models that the index must have been made with; by default whichever it was. `reading` is
    what is asked of the reading of the book.
    Raises `BookError`, `LibraryError`, `OwnModelError` or `ModelError`.
    """
    models = _pair_of(index_folder, model)
    index = Index.open(index_folder, model_digest=models.music.digest)
    book = read_book(path, reading)
    total = len(windows(book, settings.window, settings.stride))
    done = None if progress is None else (lambda n: progress(n, total))
    return score_passage(read_passage(book, TextEncoder.load(model=models.name), settings, done), index, settings)


def _pair_of(index_folder: Path, model: str | None) -> Pair:
    """Return the pair of models that an index was made with. Raises `LibraryError` where it is gone or not `model`."""
    made_by = model_of(index_folder)
    chosen = None if model is None else pair(model)
    if chosen is not None and chosen.name != made_by:
        advice = f"run `scorer index --model {model} PATH...`, or leave --model out"
        raise LibraryError(f"{index_folder}: made by the model '{made_by}'; {advice}")
    if made_by not in pairs() and not Path(made_by).is_dir():
        raise LibraryError(f"{index_folder}: made by the model '{made_by}', which is gone; run `scorer index PATH...`")
    return chosen or pair(made_by)
