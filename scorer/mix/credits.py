"""CREDITS.txt: the music of a mix, as its licences ask for it to be named."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scorer.audio.credit import Credit, read_credit
from scorer.errors import AudioError, UserError
from scorer.files import whole_file

NAME: Final = "CREDITS.txt"
HEAD: Final = "Music in "
CHANGES: Final = "The music was excerpted, faded, adapted in level and mixed with speech."
NAMED_AT_MOST: Final = 3


def credits_beside(target: Path, split: bool) -> Path:
    """Return where the credits of a mix go. Raises `UserError` where a file lies there that is none of ours."""
    path = (target if split else target.parent) / NAME
    if path.is_file():
        with path.open(encoding="utf-8", errors="replace") as file:
            if not file.read(len(HEAD)).startswith(HEAD):
                raise UserError(f"{path}: would be replaced, and is not by scorer; move it, or write the mix elsewhere")
    return path


def read_credits(tracks: Sequence[Path], *, require_licence: bool) -> list[Credit]:
    """Return the tracks' credits. With `require_licence`, raises `AudioError` where one tells of no licence."""
    found = [read_credit(path) for path in tracks]
    bare = [str(path) for path, credit in zip(tracks, found, strict=True) if not credit.licence]
    if require_licence and bare:
        more = f" and {len(bare) - NAMED_AT_MOST} more" if len(bare) > NAMED_AT_MOST else ""
        raise AudioError(
            f"no licence in the tags of {', '.join(bare[:NAMED_AT_MOST])}{more}; tag them, take other tracks, "
            "or leave --require-license out"
        )
    return found


def write_credits(path: Path, title: str, found: Sequence[Credit]) -> None:
    """Write the credits of a mix of the book `title`, whole or not at all."""
    lines = [f"{HEAD}{title}:", "", *(f"- {credit.line()}" for credit in found), "", CHANGES]
    with whole_file(path) as part:
        part.write_text("\n".join(lines if found else [f"{HEAD}{title}: none."]) + "\n", encoding="utf-8")
