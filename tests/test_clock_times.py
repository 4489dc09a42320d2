from dataclasses import replace

import numpy as np
import pytest

from scorer.book import Book, Chapter, Sentence
from scorer.clock import narration_times, sentence_borders
from scorer.cues.cue import Cue
from scorer.errors import BookError, CueSheetError


def book(*chapters: list[str]) -> Book:
    made = []
    for index, texts in enumerate(chapters):
        sentences, start = [], 0
        for text in texts:
            sentences.append(Sentence(chapter=index, start=start, end=start + len(text), text=text))
            start += len(text) + 1
        title = f"Chapter {index + 1}"
        made.append(Chapter(index=index, title=title, href="", text=" ".join(texts), sentences=tuple(sentences)))
    return Book(title="Tale", author="", language="en", chapters=tuple(made), omitted=())


def cue(number: int, first: int, last: int) -> Cue:
    return Cue(
        cue=number,
        chapter=1,
        chapter_title="",
        first_sentence=first,
        last_sentence=last,
        start_s=0.0,
        end_s=0.0,
        track="",
        track_start_s=0.0,
        mood="",
        valence=0.5,
        arousal=0.5,
        score=0.0,
        margin=0.0,
        alternatives=(),
        excerpt="",
    )


TALE = book(
    ["It rained.", "Nobody came to the house that day.", "Then, at night, a knock."],
    ["Who was it?", "It was the miller, wet to the bone, with news of the mill and of the river and of his sons."],
)


def test_cues_tile_the_narration() -> None:
    cues = narration_times(TALE, [cue(1, 1, 2), cue(2, 3, 3), cue(3, 4, 5)], sentence_borders(TALE, 77.7))
    assert cues[0].start_s == 0.0
    assert cues[-1].end_s == 77.7
    assert [c.start_s for c in cues[1:]] == [c.end_s for c in cues[:-1]]
    assert all(c.end_s > c.start_s for c in cues)


def test_only_the_times_change() -> None:
    before = [replace(cue(1, 1, 5), track="a.ogg", track_start_s=3.0, mood="sad", start_s=5.0, end_s=9.0)]
    (after,) = narration_times(TALE, before, sentence_borders(TALE, 20.0))
    assert replace(after, start_s=5.0, end_s=9.0) == before[0]


def test_longer_sentences_take_longer_and_the_whole_scales() -> None:
    borders = sentence_borders(TALE, 100.0)
    lengths = np.diff(borders)
    assert borders[0] == 0.0
    assert borders[-1] == 100.0
    assert lengths[1] > lengths[0]
    assert lengths[4] == lengths.max()
    np.testing.assert_allclose(sentence_borders(TALE, 200.0), 2 * borders)


def test_a_chapter_ends_with_a_pause() -> None:
    one, two = book(["A day passed."] * 4), book(["A day passed."] * 2, ["A day passed."] * 2)
    assert np.ptp(np.diff(sentence_borders(one, 60.0))) < 1e-9
    lengths = np.diff(sentence_borders(two, 60.0))
    assert int(lengths.argmax()) == 1


def test_layout_of_the_text_does_not_matter() -> None:
    wrapped = book(["It was\n      a long   day.", "And a night."])
    plain = book(["It was a long day.", "And a night."])
    np.testing.assert_allclose(sentence_borders(wrapped, 10.0), sentence_borders(plain, 10.0))


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([(1, 2), (4, 5)], "sentences 3 to 3 are in no cue"),
        ([(2, 5)], "sentences 1 to 1 are in no cue"),
        ([(1, 4)], "sentences 5 to 5 are in no cue"),
        ([(1, 3), (3, 5)], "cue 2: .* into the cue before"),
        ([(1, 6)], "cue 1: ends at sentence 6, but the book has 5"),
        ([(3, 1), (2, 5)], "cue 1: "),
    ],
)
def test_a_sheet_that_does_not_tile_the_book_is_refused(spans: list[tuple[int, int]], message: str) -> None:
    with pytest.raises(CueSheetError, match=message):
        narration_times(TALE, [cue(n, *span) for n, span in enumerate(spans, 1)], sentence_borders(TALE, 60.0))


def test_a_book_without_sentences_is_refused() -> None:
    with pytest.raises(BookError, match="no sentence"):
        narration_times(book([]), [cue(1, 1, 1)], np.array([0.0]))
