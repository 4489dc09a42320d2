"""A book scored: the whole way from its windows to its cues."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Self

import numpy as np

from scorer.book import AS_IT_IS, Book, Reading, read_book, windows
from scorer.cues.compose import compose
from scorer.cues.cue import Cue
from scorer.cues.direction import direct, directed
from scorer.cues.explain import Explanation, explain
from scorer.cues.keep import borders, locked_cues, require_within, settle
from scorer.cues.passage import Passage, cut_at
from scorer.cues.settings import Settings
from scorer.cues.timing import sentence_times
from scorer.cues.wishes import Wishes
from scorer.emotion import FloatArray
from scorer.errors import LibraryError
from scorer.library.catalogue import model_of
from scorer.library.index import Index
from scorer.match import Fit, match
from scorer.memory import place_of
from scorer.nets.device import best_device
from scorer.nets.emotions import Emotions
from scorer.nets.registry import Pair, pair, pairs
from scorer.nets.text_encoder import TextEncoder
from scorer.smooth import Costs, smooth_fairly

FORMAT: Final = 1  # of what is remembered of a book that was read: raised when that, or what is done to texts, changes


@dataclass(frozen=True, slots=True)
class Score:
    """A scored book: its windows with their emotions, its cues, and the tracks of kept ones that the index lacks."""

    passage: Passage
    cues: list[Cue]
    unheard: tuple[str, ...]


def _costs(settings: Settings) -> Costs:
    return Costs(
        switch=settings.switch,
        switch_at_chapter=min(settings.switch, settings.switch_at_chapter),
        replay=settings.replay,
        replay_gap_s=max(settings.replay_gap_s, settings.min_gap_s),
        min_cue_s=settings.min_cue_s,
        max_cue_s=max(settings.min_cue_s, settings.max_cue_s),
    )


def score_passage(
    passage: Passage, index: Index, settings: Settings, locked: Sequence[Cue] = (), wishes: Wishes | None = None
) -> Score:
    """Choose the music for an embedded book as is wished, around cues that are kept as they are, in order.

    Raises `WishError` where the wishes speak of what is not there.
    """
    passage = cut_at(passage, borders(locked))
    fit = _fit(passage, index, settings, wishes)
    states, kept = settle(locked, passage, fit, index)
    path = smooth_fairly(
        states,
        passage.seconds,
        passage.chapters,
        _costs(settings),
        settings.most_share,
        [one.lock for one in kept],
        settings.min_gap_s,
    )
    known = {"", *(track.path for track in index.tracks)}
    unheard = tuple(dict.fromkeys(cue.track for cue in locked if cue.track not in known))
    return Score(passage, compose(passage, fit, path, index, kept), unheard)


def _fit(passage: Passage, index: Index, settings: Settings, wishes: Wishes | None) -> Fit:
    direction = direct(wishes or Wishes(), passage.book, passage.windows, index)
    fit = match(passage.emotions.vectors, passage.seconds, index, settings.silence, direction.wanted)
    return directed(fit, direction)


@dataclass(slots=True)
class Desk:
    """An index and the text encoder that belongs to it, open for any number of books."""

    index: Index
    _model: str
    _encoder: TextEncoder | None = None

    @classmethod
    def open(cls, index_folder: Path, model: str | None = None) -> Self:
        """Open an index; `model` is the pair of models that it must have been made with, by default whichever it was.

        Raises `LibraryError`, `OwnModelError` or `ModelError`.
        """
        models = pair_of(index_folder, model)
        return cls(Index.open(index_folder, model_digest=models.music.digest), models.name)

    def score(
        self,
        path: Path,
        settings: Settings,
        *,
        reading: Reading = AS_IT_IS,
        keep: Path | None = None,
        wishes: Wishes | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Score:
        """Read a book and score it; `progress` is called with (windows just done, windows in all).

        `reading` is what is asked of the reading of the book; `keep` is an edited cue sheet of the book, of which the
        locked cues stay.
        Raises `BookError`, `CueSheetError`, `WishError`, `LibraryError`, `OwnModelError` or `ModelError`.
        """
        book = read_book(path, reading)
        locked = locked_cues(keep, book) if keep else []
        passage = self._read(book, settings, wishes, progress)
        return score_passage(passage, self.index, settings, locked, wishes)

    def explain(
        self,
        path: Path,
        sheet: Path,
        cue: Cue,
        settings: Settings,
        *,
        reading: Reading = AS_IT_IS,
        wishes: Wishes | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Explanation:
        """Say why a cue of a book's sheet is what it is; the rest as in `score`.

        Windows that are read again without a piece of them count for `progress` when it is known how many there are.
        """
        book = read_book(path, reading)
        require_within(cue, book, sheet)
        passage = cut_at(self._read(book, settings, wishes, progress), borders([cue]))
        total = len(windows(book, settings.window, settings.stride))

        def embed(texts: Sequence[str]) -> FloatArray:
            nonlocal total
            total += len(texts)
            done = None if progress is None else (lambda n: progress(n, total))
            return self._text_encoder().encode(texts, progress=done).vectors

        return explain(cue, passage, _fit(passage, self.index, settings, wishes), self.index, embed)

    def _read(
        self, book: Book, settings: Settings, wishes: Wishes | None, progress: Callable[[int, int], None] | None
    ) -> Passage:
        cut = windows(book, settings.window, settings.stride)
        if wishes:  # what is wrong with them is said before the work
            direct(wishes, book, cut, self.index)
        times = sentence_times(book, settings.wpm)
        seconds = np.array([times[w.core_last + 1] - times[w.core_first] for w in cut])
        done = None if progress is None else (lambda n: progress(n, len(cut)))
        return Passage(book, cut, seconds, self._emotions([window.text for window in cut], done), times)

    def _emotions(self, texts: Sequence[str], done: Callable[[int], None] | None) -> Emotions:
        """Return the emotions of texts: those of a book that was read before are remembered."""
        place = place_of("readings", [FORMAT, pair(self._model).text.digest, best_device(), texts])
        kept = place.recalled()
        if kept is None or kept.keys() != {field.name for field in fields(Emotions)}:
            emotions = self._text_encoder().encode(texts, progress=done)
            place.remember({field.name: getattr(emotions, field.name) for field in fields(Emotions)})
            return emotions
        if done:
            done(len(texts))
        return Emotions(**kept)

    def _text_encoder(self) -> TextEncoder:
        self._encoder = self._encoder or TextEncoder.load(model=self._model)
        return self._encoder


def pair_of(index_folder: Path, model: str | None) -> Pair:
    """Return the pair of models that an index was made with. Raises `LibraryError` where it is gone or not `model`."""
    made_by = model_of(index_folder)
    chosen = None if model is None else pair(model)
    if chosen is not None and chosen.name != made_by:
        advice = f"run `scorer index --model {model} PATH...`, or leave --model out"
        raise LibraryError(f"{index_folder}: made by the model '{made_by}'; {advice}")
    if made_by not in pairs() and not Path(made_by).is_dir():
        raise LibraryError(f"{index_folder}: made by the model '{made_by}', which is gone; run `scorer index PATH...`")
    return chosen or pair(made_by)
