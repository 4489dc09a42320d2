"""What a user asks of the reading of a book."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from scorer.book.book import Omitted
from scorer.errors import BookError


@dataclass(frozen=True, slots=True)
class Reading:
    """`include` names documents that are read though they would be left out; `language` is the book's, '' as it says.

    A document is named by its file, with or without folders and suffix, by its title, or by the reason it is left out
    for, in any case: "notes" names all notes.
    """

    include: tuple[str, ...] = ()
    language: str = ""

    def wants(self, omitted: Omitted) -> bool:
        """Tell whether a document that would be left out is asked for."""
        return bool(_names(omitted) & {_folded(name) for name in self.include})

    def require_found(self, path: Path, left_out: Sequence[Omitted], read: Iterable[Omitted]) -> None:
        """Raise `BookError` for a name that brought nothing in; `read` is what was, `left_out` what still is not."""
        found = {name for omitted in read for name in _names(omitted)}
        for name in self.include:
            if _folded(name) in found:
                continue
            if any(_folded(name) in _names(omitted) for omitted in left_out):
                raise BookError(f"{path}: --include {name}: there is no text in it to read")
            there = ", ".join(f"{PurePosixPath(o.href).name} ({o.reason})" for o in left_out) or "nothing"
            raise BookError(f"{path}: --include {name}: nothing of that name is left out; left out: {there}")


AS_IT_IS: Final = Reading()


def _names(omitted: Omitted) -> set[str]:
    href = PurePosixPath(omitted.href)
    return {_folded(name) for name in (omitted.href, href.name, href.stem, omitted.title, omitted.reason)} - {""}


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
