"""Books in: chapters, sentences and windows."""

from scorer.book.book import Book, Chapter, Omitted, Sentence
from scorer.book.reader import read_book
from scorer.book.reading import AS_IT_IS, Reading
from scorer.book.window import Window, windows

__all__ = ["AS_IT_IS", "Book", "Chapter", "Omitted", "Reading", "Sentence", "Window", "read_book", "windows"]
