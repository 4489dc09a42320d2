"""The language of a book, by its text: what its file says of it is often wrong or missing."""

from collections import Counter
from typing import Final

from scorer.book.book import Book

SAMPLES: Final = 20
SAMPLE_CHARACTERS: Final = 500
FEWEST_CHARACTERS: Final = 200  # less text tells too little


def language_of(book: Book) -> str:
    """Return the ISO 639-1 code of the language that most of a book's passages are in; '' where none is, or too few.

    Recognised by py3langid, a naive Bayes model of byte n-grams (Lui & Baldwin, ACL 2012).
    """
    import py3langid

    text = "\n".join(chapter.text for chapter in book.chapters)
    if sum(map(str.isalpha, text[: 20 * FEWEST_CHARACTERS])) < FEWEST_CHARACTERS:
        return ""
    step = max(SAMPLE_CHARACTERS, len(text) // SAMPLES)
    samples = [text[start : start + SAMPLE_CHARACTERS] for start in range(0, len(text), step)]
    votes = Counter(py3langid.classify(sample)[0] for sample in samples if sum(map(str.isalpha, sample)) > 40)
    language, count = votes.most_common(1)[0] if votes else ("", 0)
    return language if 2 * count > votes.total() else ""
