"""Sentences of a book found in text with times, which may be what a machine understood."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

import numpy as np

from scorer.clock.align import Aligned
from scorer.clock.sidecar import Timed

ANCHOR: Final = 3  # words in a row that stand once in the book and once in the file
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
Words = Sequence[str]
Pairs = list[tuple[int, int]]


def match(sentences: Sequence[str], timed: Sequence[Timed]) -> Aligned:
    """Return when each sentence begins and ends; `fit` is the share of the book's words that the file has.

    A sentence whose first or last words are not there begins or ends where its others would put it, by their distance.
    """
    book = [(word, number) for number, text in enumerate(sentences) for word in _words(text)]
    heard = [word for one in timed for word in _spread(one)]
    pairs = _pairs([word for word, _ in book], [word for word, _, _ in heard])
    starts, ends = np.full(len(sentences), np.nan), np.full(len(sentences), np.nan)
    firsts = np.searchsorted([number for _, number in book], np.arange(len(sentences) + 1)) if book else [0]
    for mine, theirs in pairs:
        number = book[mine][1]
        _, begin, end = heard[theirs]
        if np.isnan(starts[number]):
            # words before the first that was found took about as long each
            starts[number] = max(0.0, begin - (mine - int(firsts[number])) * (end - begin))
        ends[number] = end
    return Aligned(starts, ends, len(pairs) / max(1, len(book)))


def _words(text: str) -> list[str]:
    return [word.replace("’", "'").lower() for word in _WORD.findall(text)]


def _spread(one: Timed) -> list[tuple[str, float, float]]:
    """Return the words of a stretch with times by their letters."""
    words = _words(one.text)
    ends = np.cumsum([len(word) + 1 for word in words]) if words else np.zeros(0)
    scale = (one.end - one.start) / ends[-1] if words else 0.0
    begins = np.concatenate([[0], ends[:-1]])
    return [
        (word, one.start + float(begin) * scale, one.start + float(end) * scale)
        for word, begin, end in zip(words, begins, ends, strict=True)
    ]


def _pairs(mine: Words, theirs: Words) -> Pairs:
    """Return equal words of both, (place, place), rising in both: anchors first, then what lies between them."""
    found: Pairs = []
    last = (0, 0)
    for anchor in [*_anchors(mine, theirs), (len(mine), len(theirs))]:
        between = SequenceMatcher(None, mine[last[0] : anchor[0]], theirs[last[1] : anchor[1]], autojunk=False)
        for a, b, size in between.get_matching_blocks():
            found += [(last[0] + a + i, last[1] + b + i) for i in range(size)]
        last = anchor
    return found


def _anchors(mine: Words, theirs: Words) -> Pairs:
    """Return where runs of ANCHOR words that stand once in either begin, the longest rising chain of them."""
    places = [_once(words) for words in (mine, theirs)]
    common = sorted((place, places[1][run]) for run, place in places[0].items() if run in places[1])
    tops: list[int] = []  # the least end of a rising chain of each length,
    chain: list[int] = []  # the pair that ends it,
    before: list[int] = []  # and the one before each pair
    for number, (_, other) in enumerate(common):
        length = bisect_left(tops, other)
        before.append(chain[length - 1] if length else -1)
        tops[length : length + 1], chain[length : length + 1] = [other], [number]
    found, at = [], chain[-1] if chain else -1
    while at >= 0:
        found.append(common[at])
        at = before[at]
    return found[::-1]


def _once(words: Words) -> dict[tuple[str, ...], int]:
    runs = [tuple(words[i : i + ANCHOR]) for i in range(len(words) - ANCHOR + 1)]
    counts = Counter(runs)
    return {run: place for place, run in enumerate(runs) if counts[run] == 1}
