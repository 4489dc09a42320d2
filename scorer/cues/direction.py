"""Direction: what wishes come to in a book and a library."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.book import Book, Window
from scorer.cues.wishes import NO_LICENCE, SILENCE, Ban, Pin, Wishes
from scorer.emotion import MOODS
from scorer.errors import WishError
from scorer.library.index import Index
from scorer.library.track import Track
from scorer.match import NEVER, Fit, Wanted

PINNED: Final = -1e6  # of fit, for all but a pin's track; OVERLONG of `scorer.smooth` is not worth a second of it
PULL: Final = 0.3  # of fit, for a leitmotif's track in its passages: more than what separates good tracks from poor
_LICENCE_WORD: Final = re.compile(r"[^\W_]+(?:\.\d+)?")
_COMMON_WORDS: Final = frozenset(f"{NO_LICENCE} cc cc0 by sa nc nd public domain 1.0 2.0 2.5 3.0 4.0".split())
DOMINATES: Final = 1 / 3  # of a window's sentences have the name


@dataclass(frozen=True, slots=True)
class Direction:
    """What the tracks of an index must be like, and a preference in a stretch of windows for some of them.

    `pins` are windows, (W,) of bool, and the position of the track that they have, None for silence; `motifs` windows
    and how strongly each track of the index, (T,) in [0, 1], is their leitmotif.
    """

    wanted: Wanted
    pins: tuple[tuple[NDArray[np.bool_], int | None], ...]
    motifs: tuple[tuple[NDArray[np.bool_], NDArray[np.float64]], ...]


def direct(wishes: Wishes, book: Book, cut: Sequence[Window], index: Index) -> Direction:
    """Look up what the wishes for a book, cut into windows, speak of.

    Raises `WishError` with the line where book or index have no such thing.
    """
    tracks = index.tracks
    allowed = np.ones(len(tracks), np.bool_)
    for ban in wishes.bans:
        allowed[_banned(ban, wishes, tracks)] = False
    moods = np.array([track.moods for track in tracks])
    liking = moods @ np.array([dict(wishes.moods).get(mood, 0.0) for mood in MOODS])
    pins = tuple((_pinned(pin, wishes, book, cut), _track(pin.track, pin.line, wishes, tracks)) for pin in wishes.pins)
    _require_apart(wishes, pins)
    needed = [row for _, row in pins if row is not None]
    motifs = []
    for windows, motif in zip(_dominated(wishes, book, cut), wishes.leitmotifs, strict=True):
        suits = np.zeros(len(tracks))
        row = _track(motif.track, motif.line, wishes, tracks)
        if row is not None:
            needed.append(row)
            suits[row] = 1.0
        elif motif.mood:
            heard = np.where(allowed, moods[:, MOODS.index(motif.mood)], 0.0)
            suits = heard / max(float(heard.max()), 1e-9)
        motifs.append((windows, suits))
    return Direction(Wanted(allowed, liking, tuple(needed)), pins, tuple(motifs))


def directed(fit: Fit, direction: Direction) -> Fit:
    """Return a fit with the pins and leitmotifs in its states."""
    states = fit.states.copy()
    for windows, suits in direction.motifs:
        pull = PULL * suits[fit.tracks]
        # a track that is only played as a leitmotif lies far below the others
        pull[(suits[fit.tracks] == 1.0) & ~fit.offered] -= 2 * NEVER
        states[windows, : len(fit.tracks)] += pull.astype(np.float32)
    for windows, row in direction.pins:
        state = len(fit.tracks) if row is None else int(np.flatnonzero(fit.tracks == row)[0])
        value = states[windows, state].copy()
        states[windows] += PINNED
        states[windows, state] = value
    return replace(fit, states=states)


def _banned(ban: Ban, wishes: Wishes, tracks: list[Track]) -> list[int]:
    if ban.kind == "mood":
        return [row for row, track in enumerate(tracks) if MOODS[int(np.argmax(track.moods))] == ban.name]
    if ban.kind == "licence":
        _require_known(ban, wishes, tracks)
        return [row for row, track in enumerate(tracks) if _is_of_licence(track, ban.name)]
    if ban.kind == "track":
        rows = _named(ban.name, tracks)
    else:
        tags = [track.album if ban.kind == "album" else track.artist for track in tracks]
        rows = [row for row, tag in enumerate(tags) if tag.casefold() == ban.name.casefold()]
    if not rows:
        known = [track.title for track in tracks] if ban.kind == "track" else tags
        raise WishError(f"{wishes.where(ban.line)}: no {ban.kind} '{ban.name}' in the index{_near(ban.name, known)}")
    return rows


def _require_known(ban: Ban, wishes: Wishes, tracks: list[Track]) -> None:
    """Raise `WishError` where a word is neither Creative Commons' nor in any track's licence: it would ban nothing."""
    known = set().union(*(_licence_words(track.licence) for track in tracks))
    words = _licence_words(ban.name)
    strange = words - known - _COMMON_WORDS if words else {ban.name}
    if strange:
        raise WishError(f"{wishes.where(ban.line)}: no licence in the index has the word '{min(strange)}'")


def _is_of_licence(track: Track, name: str) -> bool:
    """Tell whether the licence of a track has all words of `name`, as NC, BY-SA or CC BY 3.0."""
    if name.casefold() == NO_LICENCE:
        return not track.licence
    return _licence_words(name) <= _licence_words(track.licence)


def _licence_words(name: str) -> set[str]:
    return set(_LICENCE_WORD.findall(name.casefold()))


def _track(name: str | None, line: int, wishes: Wishes, tracks: list[Track]) -> int | None:
    if name is None or name == SILENCE:
        return None
    rows = _named(name, tracks)
    if not rows:
        near = _near(name, [PurePath(track.path).name for track in tracks])
        raise WishError(f"{wishes.where(line)}: no track '{name}' in the index{near}")
    if len(rows) > 1:
        paths = ", ".join(tracks[row].path for row in rows[:3])
        raise WishError(f"{wishes.where(line)}: '{name}' may be any of {paths}; give more of its path")
    return rows[0]


def _named(name: str, tracks: list[Track]) -> list[int]:
    """Return the tracks of this path or its end, else of this name without suffix or title."""
    whole = [row for row, track in enumerate(tracks) if track.path == name or track.path.endswith(f"/{name}")]
    wanted = name.casefold()
    return whole or [
        row
        for row, track in enumerate(tracks)
        if wanted in (track.title.casefold(), PurePath(track.path).stem.casefold())
    ]


def _near(name: str, known: list[str], advice: str = "`scorer library` lists what there is") -> str:
    near = difflib.get_close_matches(name, sorted({word for word in known if word}), 1, 0.5)
    return f"; did you mean '{near[0]}'?" if near else f"; {advice}"


def _pinned(pin: Pin, wishes: Wishes, book: Book, windows: Sequence[Window]) -> NDArray[np.bool_]:
    where = wishes.where(pin.line)
    if pin.passage is not None:
        first, last = _find(pin.passage, where, book)
        return np.array([w.core_first <= last and w.core_last >= first for w in windows])
    titles, chapters = [chapter.title for chapter in book.chapters], [window.chapter for window in windows]
    if isinstance(pin.chapter, int):
        if not 1 <= pin.chapter <= len(titles):
            raise WishError(f"{where}: no chapter {pin.chapter}; the book has {len(titles)}")
        return np.equal(chapters, pin.chapter - 1)
    wanted = str(pin.chapter)
    rows = [row for row, title in enumerate(titles) if _words(title) == _words(wanted)]
    if len(rows) != 1:
        what = "several chapters" if rows else "no chapter"
        advice = "; give its number" if rows else _near(wanted, titles, f"the book has {', '.join(titles[:5])}…")
        raise WishError(f"{where}: {what} '{wanted}'{advice}")
    return np.equal(chapters, rows[0])


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _find(phrase: str, where: str, book: Book) -> tuple[int, int]:
    """Return the sentences, from 0, with the first and last of these words, which are in the book once."""
    words, sentences = [], []
    for number, sentence in enumerate(book.sentences):
        found = _words(sentence.text)
        words += found
        sentences += [number] * len(found)
    text, wanted = f" {' '.join(words)} ", f" {' '.join(_words(phrase))} "
    times = text.count(wanted) if wanted.strip() else 0
    if times != 1:
        problem = f"is in the book {times} times; quote more of it" if times else "is not in the book"
        raise WishError(f"{where}: the passage '{phrase}' {problem}")
    first = text[: text.index(wanted) + 1].count(" ") - 1
    return sentences[first], sentences[first + len(_words(phrase)) - 1]


def _require_apart(wishes: Wishes, pins: Sequence[tuple[NDArray[np.bool_], int | None]]) -> None:
    for later, (mine, track) in enumerate(pins):
        for earlier, (theirs, other) in enumerate(pins[:later]):
            if track != other and (mine & theirs).any():
                here, there = wishes.pins[later].line, wishes.pins[earlier].line
                raise WishError(f"{wishes.where(here)}: pins sentences to another track than line {there} does")


def _dominated(wishes: Wishes, book: Book, windows: Sequence[Window]) -> list[NDArray[np.bool_]]:
    """Return the windows that each leitmotif's name dominates, in more sentences than another; of equals the first."""
    texts = [" ".join(sentence.text.split()) for sentence in book.sentences]
    counts = np.zeros((len(wishes.leitmotifs), len(windows)))
    for motif, row in zip(wishes.leitmotifs, counts, strict=True):
        name = re.compile(rf"(?<!\w){re.escape(' '.join(motif.name.split()))}(?!\w)")
        has = np.cumsum([0, *(bool(name.search(text)) for text in texts)])
        if not has[-1]:
            raise WishError(f"{wishes.where(motif.line)}: the name '{motif.name}' is not in the book")
        row[:] = [(has[w.last + 1] - has[w.first]) / (w.last + 1 - w.first) for w in windows]
    leads = counts.argmax(axis=0) if len(counts) else np.zeros(0, np.int64)
    return [(leads == number) & (row >= DOMINATES) for number, row in enumerate(counts)]
