"""The book: chapters of sentences."""

from dataclasses import dataclass
from itertools import accumulate, chain


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its chapter, from 0; its character span in the chapter's text; `text` is that span."""

    chapter: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: `href` is the document it starts in, `text` its plain text, paragraphs apart by a blank line."""

    index: int
    title: str
    href: str
    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Omitted:
    """A document of the book that is not scored, and why."""

    href: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Book:
    """A book as a reader would read it aloud; what it leaves out is listed in `omitted`."""

    title: str
    author: str
    language: str
    chapters: tuple[Chapter, ...]
    omitted: tuple[Omitted, ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences in order."""
        return tuple(chain.from_iterable(chapter.sentences for chapter in self.chapters))

    @property
    def first_sentences(self) -> tuple[int, ...]:
        """The number of each chapter's first sentence, from 0 through the whole book."""
        return tuple(accumulate((len(chapter.sentences) for chapter in self.chapters), initial=0))[:-1]
