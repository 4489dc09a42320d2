"""Files that appear whole or not at all, and where scorer keeps its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scorer.errors import UserError


def check_writable(target: Path) -> None:
    """Raise `UserError` where `whole_file` could not write `target`: before long work, not after it."""
    with suppress(_EnoughError), whole_file(target):
        raise _EnoughError


class _EnoughError(Exception):
    pass


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Yield a path beside `target` to write to; it takes the name `target` only if the block ends without an error.

    The temporary name keeps the suffix, because encoders choose their format by it.
    Raises `UserError` where the folder is missing or cannot be written to.
    """
    folder = target.parent
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder for {target.name}; create it first")
    if target.is_dir():
        raise UserError(f"{target}: is a folder; name a file to write")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=folder)
    except OSError as error:
        raise UserError(f"{folder}: cannot write there ({error.strerror}); choose another place") from error
    os.close(handle)
    part = Path(name)
    try:
        yield part
        mask = os.umask(0)
        os.umask(mask)
        part.chmod(0o666 & ~mask)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def default_index() -> Path:
    """Return the index folder: $SCORER_INDEX, else `scorer/index` in the user's data folder."""
    from platformdirs import user_data_path

    chosen = os.environ.get("SCORER_INDEX")
    return Path(chosen) if chosen else user_data_path("scorer", appauthor=False) / "index"
