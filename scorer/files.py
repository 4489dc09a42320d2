"""Files that appear whole or not at all, and where scorer keeps its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from scorer.errors import UserError


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Raise `UserError` where an output could not be written or would replace an input or another output.

    Asked before long work, not after it.
    """
    for number, output in enumerate(outputs):
        for read in inputs:
            if _same_file(output, read):
                raise UserError(f"{output}: is read by this command; give the output another name")
        if any(_same_file(output, other) for other in outputs[:number]):
            raise UserError(f"{output}: named for two outputs; give each a name of its own")
        with suppress(_EnoughError), whole_file(output):
            raise _EnoughError


def _same_file(one: Path, other: Path) -> bool:
    if one.exists() and not one.is_file():
        return False  # a device such as /dev/null takes any number of outputs
    return one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other))


class _EnoughError(Exception):
    pass


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Yield a path beside `target` to write to; it takes the name `target` only if the block ends without an error.

    The temporary name keeps the suffix, because encoders choose their format by it. A link is followed, and what is
    no regular file (/dev/null, a pipe) is written to, not replaced.
    Raises `UserError` where the folder is missing or cannot be written to.
    """
    if target.exists() and not target.is_file() and not target.is_dir():
        with tempfile.TemporaryDirectory(prefix="scorer-") as scratch:
            part = Path(scratch) / f"part{target.suffix}"
            yield part
            with part.open("rb") as source, target.open("wb") as out:
                shutil.copyfileobj(source, out)
        return
    target = target.resolve()
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
