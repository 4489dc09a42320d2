import csv
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorer.book import Book, windows
from scorer.book.markup import Block
from scorer.book.outline import Draft
from scorer.book.sentence import chapters_from, sentence_starts


def cut(text: str) -> list[str]:
    starts = next(sentence_starts([text]))
    return [text[s:e].strip() for s, e in zip(starts, [*starts[1:], len(text)], strict=True)]


@pytest.mark.parametrize(
    "sentences",
    [
        ['"What!" cried I.', "The fog was thick."],
        ["“Captain Forrester?” he asked.", "“The same.”"],
        ["She left.", "“Come back!” he said."],
        ["He left.", '"Come," she said, "at once!"', "Nobody came."],
        ["Mr. Dodgson met Mrs. Hall at St. Mary's.", "They spoke."],
        ["“Well… perhaps,” said Dr. Seward.", "‘And why not?’ I thought."],
        ["It was over (or so we thought).", "It was not."],
        ["No!", "No, it cannot be."],
        ["'Come in!' he said.", "'The door is open.'"],
        ["‘Come in!’ she cried.", "‘It’s open.’"],
        ["„Halt!“ rief er.", "„Wer da?“"],
        ["»Halt!« rief er.", "»Wer da?«"],
        ["« Viens ! » dit-il.", "« Non. »"],
        ["He heard a ‘Hush!’ and a “Who goes there?” from the wall.", "Nobody moved."],
        ["“He said, ‘Stop!’ and I stopped.", "‘Why?’ I asked him.", "‘Because,’ he said.”"],
        ["“ ‘Is that all?’ said he.", "“ ‘All,’ said I.”"],
        ["“What is that?”", "The maid replied, “It is a mouse.”"],
        ['"Who is there?"', "Then she opened the door."],
        ["“Whither away, Hans?”", "Hans answered: “To Gretel.”"],
        ["“Remove me!” Scrooge exclaimed, “I cannot bear it!”"],
        ["“Are you ill?” Lady Jane Grey said softly.", "Nobody was."],
        ["“Are you ill?” Mr. Morris asked.", "“No.”", "“No. 2 is ill.”"],
        ["“Spirit! are they yours?”", "Scrooge could say no more."],
        ["So said I.", "“So did I.”", "It was Henry I of England."],
        ["They left at five p.m.", "Nobody saw them, etc.", "It was over...."],
        ["They left at five p.m. sharp."],
        ["I... I do not know.", "She wept...", "Then she laughed."],
        ["“I—” she began, “I never—!”", "She fled."],
        ["“Heads below!” (a loud crash)—“Now, who did that?”", "Silence."],
        ["Oh, life! 'tis in an hour like this that I see thee.", "’Twas night."],
        ["A. A. Milne wrote it.", "So did J. R. R. Tolkien."],
        ["It cost £1 17s. 9d. at No. 7, Baker St. near the Abbey.", "See pp. 12 and 13."],
        ['He kept "the eldest."--And they were married.', "All was well."],
        ["(Nobody came.)", "[It rained.]", "They waited."],
        ["What?!", "You dare!!", "“Why…?”"],
    ],
)
def test_speech_stays_whole(sentences: list[str]) -> None:
    assert cut(" ".join(sentences)) == sentences


def book_of(*chapters: list[str]) -> Book:
    drafts = [Draft("", "x", tuple(Block(text) for text in blocks)) for blocks in chapters]
    return Book("t", "a", "en", chapters_from(drafts), ())


PARAGRAPH = st.text(st.sampled_from("ab .!?\"'“”‘’…,—()\n I"), min_size=1, max_size=60).filter(
    lambda text: text.strip()
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(PARAGRAPH, min_size=1, max_size=4), min_size=1, max_size=3))
def test_every_character_is_in_exactly_one_sentence(chapters: list[list[str]]) -> None:
    for chapter in book_of(*chapters).chapters:
        covered = [0] * len(chapter.text)
        for sentence in chapter.sentences:
            assert chapter.text[sentence.start : sentence.end] == sentence.text
            for position in range(sentence.start, sentence.end):
                covered[position] += 1
        assert all(count == 1 or char.isspace() for count, char in zip(covered, chapter.text, strict=True))
        assert max(covered) <= 1


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=4), st.integers(1, 8), st.integers(1, 5))
def test_cores_tile_the_book_and_no_window_crosses_a_chapter(lengths: list[int], size: int, stride: int) -> None:
    book = book_of(*[["Fog. " * length] for length in lengths])
    made = windows(book, size, stride)
    owned = [number for window in made for number in range(window.core_first, window.core_last + 1)]
    assert owned == list(range(len(book.sentences)))
    for window in made:
        assert window.first <= window.core_first <= window.core_last <= window.last
        assert {book.sentences[number].chapter for number in range(window.first, window.last + 1)} == {window.chapter}
        assert window.text.split() == " ".join(s.text for s in book.sentences[window.first : window.last + 1]).split()


def test_boundaries_agree_with_those_of_alms_tales(shared_data: Path) -> None:
    tales: dict[tuple[str, str], list[str]] = {}
    with (shared_data / "text/alm/alm_all_sentences.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            tales.setdefault((row["author"], row["story"]), []).append(" ".join(row["text"].split()))
    counts = {author: [0, 0] for author, _ in tales}  # boundaries that agree, twice; boundaries of both sides
    for (author, _), sentences in tales.items():
        text = " ".join(sentences)
        wanted = set(accumulate(len(sentence) + 1 for sentence in sentences[:-1]))
        got = set(next(sentence_starts([text]))[1:])
        counts[author][0] += 2 * len(wanted & got)
        counts[author][1] += len(wanted) + len(got)
    figures = {author: agreed / both for author, (agreed, both) in counts.items()}
    assert figures["Grimms"] >= 0.985
    assert figures["HCAndersen"] >= 0.995
    assert figures["Potter"] >= 0.975  # the rules were made without a look at these
    assert sum(agreed for agreed, _ in counts.values()) / sum(both for _, both in counts.values()) >= 0.99


def test_a_window_or_stride_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="must be 1 or more"):
        windows(book_of(["Fog."]), 0, 1)


def test_a_long_run_of_marks_is_no_trap() -> None:
    run = '"' * 50_000
    assert cut(f"He left. {run} stood there. She wept.")[1:] == ["She wept."]
