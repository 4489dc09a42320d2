"""`python -m train queries`: vectors of passages of books, which the index measures its graph's search with."""

from pathlib import Path
from typing import Final

import click
import numpy as np

from scorer.book import read_book, windows
from scorer.cues.settings import Settings
from scorer.files import whole_file
from scorer.library.graph import QUERIES_FILE
from scorer.nets.text_encoder import TextEncoder

COUNT: Final = 512
TARGET: Final = Path(__file__).parents[1] / "scorer" / "library" / QUERIES_FILE


@click.command("queries")
@click.argument("books", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(books: tuple[Path, ...]) -> None:
    """Embed passages of BOOKS, evenly spaced, and write them to scorer/library."""
    how = Settings()
    texts = [window.text for book in books for window in windows(read_book(book), how.window, how.stride)]
    rows = np.linspace(0, len(texts) - 1, COUNT).astype(int).tolist()
    vectors = TextEncoder.load().embed([texts[row] for row in rows])
    with whole_file(TARGET) as part, part.open("wb") as file:
        np.save(file, vectors.astype(np.float32))
    click.echo(f"{TARGET}: {len(vectors)} passages of {len(texts)}")
