"""From a narration and a reading of its text to the times of the sentences: a coarse search, then a fine one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.clock.cepstra import HOP_S, FloatArray
from scorer.clock.warp import IntArray, Path, Rule, warp

Anchors = Sequence[tuple[int, float]]

COARSE: Final = 8  # fine rows a coarse one; a long narration is searched more coarsely first, by COARSER each time
COARSER: Final = 4
WIDE_HALF_S: Final = 600.0  # of the first search's band, either side; a tenth of the narration where that is more
MIDDLE_HALF_S: Final = 60.0  # of one that follows a coarser one
FINE_HALF_S: Final = 10.0
MOST_CELLS: Final = 150_000_000  # of a first search, half a byte each
SAMPLE: Final = 24_000  # rows that the level of what is no text is judged by, from the middle
BETWEEN: Final = 0.45  # that level, from the cost of the text to that of the text backwards
CHANCE: Final = 1.0  # the level of rows taken at random: dearer than any text that is stretched to fit
JUDGED: Final = 6_000  # rows that are read, from the middle: held against the text's clauses in other orders,
ORDERS: Final = 3  # of which there are so many
QUIET, LOUD = 0.05, 0.8  # shares of a text's rows that are fainter than a pause, and than speech
SLOWEST, FASTEST = 0.25, 4.0  # lengths of a text beside that of its model that a narration may have
USUAL: Final = (1.0, 1.25)


@dataclass(frozen=True, slots=True)
class Look:
    """How rows are compared: by so many columns, with so many rows before and behind, and the cost of uneven pace.

    `aside` is the level of what is no text, None where the text backwards tells it. `enough` is the fit of a reading.
    """

    columns: int
    context: int
    uneven: float
    enough: float
    aside: float | None = None


# readings of their own text fit by 0.17 and more, of rhythm 0.06; of another's by 0.12 and less, of rhythm 0.04
# the first cepstra are the broad shape of a sound; what lies beyond tells more of the voice than of the word
SOUNDS: Final = Look(columns=4, context=2, uneven=0.15, enough=0.14)
RHYTHM: Final = Look(columns=2, context=4, uneven=0.3, enough=0.05, aside=0.9)


@dataclass(frozen=True, slots=True)
class Aligned:
    """`starts` and `ends` (k,) of the sentences in the narration, in seconds; nan where one is not read at all.

    `fit` is by what share what is read costs less in the text than in the same clauses in other orders: about zero for
    another text.
    """

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    fit: float


def align(heard: FloatArray, sentences: Sequence[FloatArray], look: Look = SOUNDS, anchors: Anchors = ()) -> Aligned:
    """Align a narration's rows (n, d) with those of its sentences: by default cepstra, those of a synthetic reading.

    `anchors` are sentences and about when they begin, in seconds, both rising: paths keep near the line through them.
    The text is taken for as long as the narration; where that does not fit enough, because much of either is not in the
    other, usual paces are tried, and the best is kept.
    """
    lengths = np.array([len(rows) for rows in sentences])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    text = np.concatenate(list(sentences))
    whole = max(SLOWEST, min(FASTEST, 0.95 * len(heard) / len(text)))
    best = _aligned(heard, text, starts, whole, look, anchors)
    for pace in () if best.fit >= look.enough else USUAL:
        other = _aligned(heard, text, starts, pace, look, anchors)
        best = max(best, other, key=lambda one: one.fit)
    return best


def _aligned(
    heard: FloatArray, text: FloatArray, starts: IntArray, pace: float, look: Look, anchors: Anchors
) -> Aligned:
    """Align with a text that is stretched to `pace` times its length."""
    size = max(len(starts), round(len(text) * pace))
    starts = _distinct(np.floor(starts * size / len(text)).astype(np.int64))
    text = _at(text, np.linspace(0.0, len(text) - 1, size))
    breaks = _breaks(text[:, 0])
    heard, text = _described(heard, look), _described(text, look)
    known = [(0.0, 0.0), *((time / HOP_S, float(starts[number])) for number, time in anchors)]
    rows, spots = zip(*known, (float(len(heard)), float(len(text))), strict=True)
    line = np.interp(np.arange(len(heard)), rows, spots).clip(0, len(text) - 1)
    guess = _guess(heard, text, starts, line, COARSE, look, MIDDLE_HALF_S if anchors else None)
    path = warp(heard, text, starts, guess, _ruled(heard, text, guess, FINE_HALF_S, HOP_S, look))
    return _times(path, starts, _in_order(heard, text, breaks, path, look))


def _breaks(level: FloatArray) -> IntArray:
    """Return the rows at which clauses begin: where the level rises from that of pauses."""
    loud = level > (np.quantile(level, QUIET) + np.quantile(level, LOUD)) / 2
    return np.flatnonzero(loud[1:] & ~loud[:-1]) + 1


def _in_order(heard: FloatArray, text: FloatArray, breaks: IntArray, path: Path, look: Look) -> float:
    """Return by what share the rows that are read cost less in the text than in its clauses, put in other orders.

    Clauses begin at the rows `breaks`. Their own rows and lengths stay, so that any text of a language gains nothing.
    """
    read = np.flatnonzero(path.rows >= 0)
    first = max(0, (len(read) - JUDGED) // 2)
    read = read[first : first + JUDGED]
    if not len(read):
        return 0.0
    low, high = int(path.rows[read].min()), int(path.rows[read].max()) + 1
    clauses = np.split(text[low:high], breaks[(breaks > low) & (breaks < high)] - low)[::-1]
    turns = [len(clauses) * number // ORDERS for number in range(ORDERS)]
    costs = [_cost(heard[read], np.concatenate(clauses[turn:] + clauses[:turn]), look) for turn in turns]
    return 1.0 - _cost(heard[read], text[low:high], look) / float(np.mean(costs))


def _cost(heard: FloatArray, text: FloatArray, look: Look) -> float:
    """Return the cost of the best path that does not leave a text but at its ends."""
    line, whole = np.linspace(0.0, len(text) - 1, len(heard)), np.zeros(1, np.int64)
    rule = Rule(round(FINE_HALF_S / HOP_S), HOP_S, look.aside or CHANCE, look.uneven)
    return warp(heard, text, whole, _guess(heard, text, whole, line, COARSE, look, None), rule).cost


def _described(rows: FloatArray, look: Look) -> FloatArray:
    """Return the first columns of rows and their neighbours, each of mean zero and deviation one over all."""
    few = rows[:, : look.columns]
    few = (few - few.mean(axis=0)) / (few.std(axis=0) + 1e-3)
    padded = np.pad(few, ((look.context, look.context), (0, 0)), mode="edge")
    return np.concatenate([padded[i : i + len(few)] for i in range(2 * look.context + 1)], axis=1).astype(np.float32)


def _ruled(heard: FloatArray, text: FloatArray, guess: IntArray, half_s: float, hop_s: float, look: Look) -> Rule:
    """Return the rule of a search; the level of what is no text lies between those of the text and of it backwards."""
    rule = Rule(round(half_s / hop_s), hop_s, CHANCE, look.uneven)
    if look.aside is not None:
        return replace(rule, aside=look.aside)
    rows = _even(guess, rule.half // 4)
    low, high = max(0, int(guess[rows][0]) - rule.half), min(len(text), int(guess[rows][-1]) + rule.half + 1)
    part, line = text[low:high], np.clip(guess[rows] - low, 0, high - low - 1)
    forward, backward = (
        warp(heard[rows], np.ascontiguousarray(each), np.zeros(1, np.int64), line, rule).cost
        for each in (part, part[::-1])
    )
    return replace(rule, aside=forward + BETWEEN * max(0.0, backward - forward))


def _even(guess: IntArray, most: int) -> slice:
    """Return the longest run of the SAMPLE rows in the middle in which the guess never leaps further than `most`.

    Where sentences are left out it leaps, and no path through all of the text stays near it.
    """
    first = max(0, (len(guess) - SAMPLE) // 2)
    leaps = first + 1 + np.flatnonzero(np.diff(guess[first : first + SAMPLE]) > most)
    edges = np.concatenate([[first], leaps, [min(first + SAMPLE, len(guess))]])
    longest = int(np.argmax(np.diff(edges)))
    return slice(int(edges[longest]), int(edges[longest + 1]))


def _guess(
    heard: FloatArray,
    text: FloatArray,
    starts: IntArray,
    line: NDArray[np.float64],
    factor: int,
    look: Look,
    half_s: float | None,
) -> IntArray:
    """Return about which row of the text each row of the narration reads, never falling: by a search of coarse rows.

    It keeps within `half_s` of `line` (n,), or goes far from it where that is None.
    """
    few = _averaged(heard, factor), _averaged(text, factor)
    hop_s, last = HOP_S * factor, len(few[1]) - 1
    if half_s is None:
        half_s = max(WIDE_HALF_S, 0.1 * len(heard) * HOP_S)
        if len(few[0]) * 2 * half_s / hop_s > MOST_CELLS:
            wider = _guess(heard, text, starts, line, factor * COARSER, look, None)
            line, half_s = wider.astype(np.float64), MIDDLE_HALF_S
    coarse = np.minimum(line[::factor][: len(few[0])] / factor, last).astype(np.int64)
    borders = np.unique(np.minimum(starts // factor, last))
    rows = warp(*few, borders, coarse, _ruled(*few, coarse, half_s, hop_s, look)).rows
    aside = np.append(borders, last)[np.clip(-1 - rows, 0, len(borders))]
    fine = np.repeat(np.where(rows >= 0, rows, aside) * factor, factor)
    fine = np.append(fine, np.full(max(0, len(heard) - len(fine)), fine[-1]))[: len(heard)]
    return np.asarray(np.minimum(np.maximum.accumulate(fine), len(text) - 1), np.int64)


def _averaged(rows: FloatArray, factor: int) -> FloatArray:
    padded = rows if len(rows) >= factor else np.resize(rows, (factor, rows.shape[1]))
    whole = len(padded) // factor
    means: FloatArray = padded[: whole * factor].reshape(whole, factor, -1).mean(axis=1)
    return np.asarray((means - means.mean(axis=0)) / (means.std(axis=0) + 1e-3), np.float32)


def _times(path: Path, starts: IntArray, fit: float) -> Aligned:
    """Read the sentences' times off a path; of one that is read twice the last reading counts."""
    sentence = np.searchsorted(starts, path.rows, side="right") - 1
    begin, end = np.full(len(starts), np.nan), np.full(len(starts), np.nan)
    rows = np.flatnonzero(path.rows >= 0)
    if len(rows):
        # a reading is a run of rows in one sentence that never goes back
        fresh = (np.diff(sentence[rows]) != 0) | (np.diff(path.rows[rows]) < 0) | (np.diff(rows) > 1)
        heads = rows[np.append(True, fresh)]
        tails = rows[np.append(fresh, True)]
        begin[sentence[heads]] = heads * HOP_S
        end[sentence[heads]] = (tails + 1) * HOP_S
    return Aligned(begin, end, fit)


def _at(rows: FloatArray, places: NDArray[np.float64]) -> FloatArray:
    low = np.floor(places).astype(np.int64)
    high = np.minimum(low + 1, len(rows) - 1)
    share = (places - low)[:, None].astype(np.float32)
    return np.asarray((1 - share) * rows[low] + share * rows[high], np.float32)


def _distinct(starts: IntArray) -> IntArray:
    """Push starts apart so that each sentence has a row of its own."""
    steps = np.arange(len(starts))
    return np.asarray(np.maximum.accumulate(starts - steps) + steps, np.int64)
