"""Windows: the passages that are embedded."""

from dataclasses import dataclass

from scorer.book.book import Book


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive sentences of one chapter, numbered from 0 through the book, ends included.

    `core_first` to `core_last` are the sentences that the window stands for; the others are context. `text` is all of
    it.
    """

    chapter: int
    first: int
    last: int
    core_first: int
    core_last: int
    text: str


def windows(book: Book, size: int, stride: int) -> tuple[Window, ...]:
    """Cut a book into windows of up to `size` sentences, one every `stride`.

    The cores of `stride` sentences tile each chapter; a rest shorter than half a stride joins the last. A core's
    context is spread evenly before and after it and ends where the chapter does. Raises `ValueError` for a size or
    stride below 1.
    """
    if size < 1 or stride < 1:
        raise ValueError(f"window of {size} and stride of {stride} sentences: both must be 1 or more")
    made: list[Window] = []
    offset = 0
    for chapter in book.chapters:
        count = len(chapter.sentences)
        for first, last in _cores(count, stride):
            extra = max(0, size - (last - first + 1))
            start = max(0, first - extra // 2)
            stop = min(count - 1, last + extra - extra // 2)
            text = chapter.text[chapter.sentences[start].start : chapter.sentences[stop].end]
            made.append(Window(chapter.index, offset + start, offset + stop, offset + first, offset + last, text))
        offset += count
    return tuple(made)


def _cores(count: int, stride: int) -> list[tuple[int, int]]:
    starts = list(range(0, count, stride))
    if len(starts) > 1 and count - starts[-1] < stride / 2:
        starts.pop()
    return [(start, (starts[i + 1] if i + 1 < len(starts) else count) - 1) for i, start in enumerate(starts)]
