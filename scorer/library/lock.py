"""One run at a time on an index."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from scorer.errors import LibraryError
from scorer.library.database import make_folder

LOCK_NAME: Final = ".lock"


@contextmanager
def alone(folder: Path, waiting: Callable[[], object]) -> Iterator[None]:
    """Keep other runs off the index; the system takes the lock back however this one ends.

    `waiting` is called once where another run has to be waited for. Raises `LibraryError` where the folder cannot be
    written to.
    """
    make_folder(folder)
    lock = FileLock(folder / LOCK_NAME)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            lock.acquire()
    except OSError as error:
        raise LibraryError(f"{folder}: cannot be written to ({error.strerror}); choose another with --index") from error
    try:
        yield
    finally:
        lock.release()
