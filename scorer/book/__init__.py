"""Books in: chapters, sentences and windows."""

from scorer.book.book import Book, Chapter, Omitted, Sentence
from scorer.book.reader import read_book
from scorer.book.window import Window, windows

__all__ = ["Book", "Chapter", "Omitted", "Sentence", "Window", "read_book", "windows"]
