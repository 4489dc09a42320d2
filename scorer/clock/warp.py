"""Dynamic time warping of a narration to its text, sentence by sentence, in linear memory.

Both are rows of features. A path takes each row of the narration, in order, to a row of the text or to a border between
two sentences, where the narration says what the text does not: an announcement, a cough, a long pause. Within a
sentence a row of the narration advances the text by none to three rows; at a border the text may be left out or taken
again, a sentence at a time. Paths keep to a band around a first guess (Sakoe and Chiba 1978); the guess comes from the
same search over coarser rows.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.clock.cepstra import FloatArray

IntArray = NDArray[np.int64]

ENTER_S: Final = 0.2  # seconds of rows of cost one: to leave the text at a border,
LEAP_S: Final = 0.2  # and to leave out a sentence or take it again
MOST_STEP: Final = 3
_AT_BORDER: Final = 4  # a cell was reached from the border before its sentence
SAMPLE: Final = 4000


@dataclass(frozen=True, slots=True)
class Path:
    """`rows` (n,): for each row of the narration a row of the text, or -1 - k at the border before sentence k.

    `cost` is the mean cost of a row, as a share of what two rows taken at random differ by.
    """

    rows: IntArray
    cost: float


@dataclass(frozen=True, slots=True)
class Rule:
    """What a path may do and what it costs: `half` rows of text either side of the guess, rows of `hop_s` seconds.

    A row at a border costs `aside`, as a share of what two rows taken at random differ by; `uneven` is the cost of each
    row by which the text does not advance by one.
    """

    half: int
    hop_s: float
    aside: float
    uneven: float


def warp(heard: FloatArray, text: FloatArray, starts: IntArray, guess: IntArray, rule: Rule) -> Path:
    """Return the cheapest path of `heard` (n, d) through `text` (m, d), whose sentences begin at the rows `starts`.

    Paths stay near `guess` (n,), a row of text for each of the narration's, which does not fall. Time is n times the
    band's width, memory half a byte of that.
    """
    search = _Search(heard, text, starts, guess, rule)
    for row in range(len(heard)):
        search.step(row)
    return search.path()


def random_cost(heard: FloatArray, text: FloatArray) -> float:
    """Return the mean difference of rows taken at random."""
    draw = np.random.default_rng(0)
    a, b = draw.integers(0, len(heard), SAMPLE), draw.integers(0, len(text), SAMPLE)
    return float(np.sqrt(np.square(heard[a] - text[b]).mean(axis=1)).mean())


class _Search:
    def __init__(self, heard: FloatArray, text: FloatArray, starts: IntArray, guess: IntArray, rule: Rule) -> None:
        self.uneven = np.float32(rule.uneven)
        self.heard, self.text = heard / np.sqrt(heard.shape[1]), text / np.sqrt(text.shape[1])
        self.squares = np.square(self.text).sum(axis=1)
        self.starts = starts
        self.ends = np.append(starts[1:], len(text)) - 1
        self.width = min(len(text), 2 * rule.half + 1)
        self.low = np.maximum.accumulate(np.clip(guess - rule.half, 0, len(text) - self.width))
        self.chance = random_cost(heard, text)
        self.aside = rule.aside * self.chance
        self.enter, self.leap = ENTER_S / rule.hop_s, LEAP_S / rule.hop_s
        # the costs of the last row's cells, from `low` of that row on, with three before them out of reach
        self.cells = np.full(self.width + MOST_STEP, np.inf, np.float32)
        self.borders = np.full(len(starts) + 1, np.inf)
        self.borders[0] = 0.0
        self.came = np.zeros((len(heard), (self.width + 1) // 2), np.uint8)  # two cells a byte
        # first border of each row's band, and how each border there was come to: twice 0 to 2 for stayed, from the one
        # before, from the one behind, and one more where the text was left in this row
        self.first = np.searchsorted(starts, self.low)
        last = np.searchsorted(starts, self.low + self.width)
        self.borders_came = np.zeros((len(heard), int((last - self.first).max(initial=0)) + 2), np.uint8)

    def step(self, row: int) -> None:
        """Take the narration's next row to every cell of its band and every border there."""
        low, width = int(self.low[row]), self.width
        shift = low - int(self.low[row - 1]) if row else 0
        before = np.full(width + MOST_STEP, np.inf, np.float32)
        kept = self.cells[shift:] if shift < len(self.cells) else self.cells[:0]
        before[: len(kept)] = kept
        best, came = self._advanced(before)
        first = int(self.first[row])
        inside = np.arange(first, int(np.searchsorted(self.starts, low + width)))
        self._borders(row, inside, low, before)
        at = self.starts[inside] - low
        out = self.borders[inside] < best[at]
        best[at[out]] = self.borders[inside][out]
        came[at[out]] = _AT_BORDER
        x, part = self.heard[row], slice(low, low + width)
        square = self.squares[part] - 2.0 * (self.text[part] @ x) + float(x @ x)
        self.cells[:MOST_STEP] = np.inf
        self.cells[MOST_STEP:] = best + np.sqrt(np.maximum(square, 0.0))
        self.came[row] = came[::2]
        self.came[row, : width // 2] |= came[1::2] << 4

    def _advanced(self, before: FloatArray) -> tuple[FloatArray, NDArray[np.uint8]]:
        """Return the cheapest way to each cell from the row before, and by how many rows of text it came."""
        best, came = before[3:] + self.uneven, np.zeros(len(before) - 3, np.uint8)
        for step in range(1, MOST_STEP + 1):
            other = before[3 - step : len(before) - step] + (step - 1) * self.uneven
            nearer = other < best
            best = np.where(nearer, other, best)
            came[nearer] = step
        return best, came

    def _borders(self, row: int, inside: IntArray, low: int, before: FloatArray) -> None:
        """Move on at the borders: stay, leave the text behind a sentence's end, pass on to a border beside."""
        if row == 0:
            return
        self.borders += self.aside
        first = int(self.first[row])
        near = np.arange(first, min(len(self.starts), int(inside[-1]) + 1 if len(inside) else first) + 1)
        stay = self.borders[near]
        left = np.full(len(near), np.inf)
        own = near > 0
        place = self.ends[near[own] - 1] - low + MOST_STEP
        reach = (place >= 0) & (place < len(before))
        left[np.flatnonzero(own)[reach]] = before[place[reach]] + self.enter + self.aside
        leaves = left < stay
        stay = np.where(leaves, left, stay)
        forth = np.append(np.inf, stay[:-1]) + self.leap
        back = np.append(stay[1:], np.inf) + self.leap
        code = np.zeros(len(near), np.uint8)
        best = stay
        for number, other in ((1, forth), (2, back)):
            nearer = other < best
            best = np.where(nearer, other, best)
            code[nearer] = number
        self.borders[near] = best
        self.borders_came[row, : len(near)] = 2 * code + leaves

    def path(self) -> Path:
        """Go back from the end: the text's last row or the border behind it, whichever is cheaper."""
        n, m = len(self.heard), len(self.text)
        rows = np.empty(n, np.int64)
        end = m - 1 - int(self.low[-1])
        inside = 0 <= end < self.width
        cell = float(self.cells[MOST_STEP + end]) if inside else np.inf
        at_border = self.borders[-1] <= cell
        cost = min(float(self.borders[-1]), cell)
        place = len(self.starts) if at_border else m - 1
        row = n - 1
        while row >= 0:
            if at_border:
                rows[row] = -1 - place
                at_border, place = self._back_from_border(row, place)
            else:
                rows[row] = place
                cell, odd = divmod(place - int(self.low[row]), 2)
                came = int(self.came[row, cell]) >> 4 if odd else int(self.came[row, cell]) & 15
                if came == _AT_BORDER:
                    # the border was moved on in this very row
                    at_border, place = self._back_from_border(row, int(np.searchsorted(self.starts, place)))
                else:
                    place -= came
            row -= 1
        return Path(rows, cost / max(n, 1) / self.chance)

    def _back_from_border(self, row: int, place: int) -> tuple[bool, int]:
        """Return where the row before was: at a border, or at the end of a sentence."""
        number = place - int(self.first[row])
        code = int(self.borders_came[row, number]) if 0 <= number < self.borders_came.shape[1] else 0
        came, leaves = code // 2, code % 2
        if came:
            place += -1 if came == 1 else 1
            code = int(self.borders_came[row, place - int(self.first[row])])
            leaves = code % 2
        return (False, int(self.ends[place - 1])) if leaves else (True, place)
