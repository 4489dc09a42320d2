"""Stdout for all commands: where it cannot be written to, that is an error like any other."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO, cast

from scorer.errors import ScorerError


class _Results:
    """A stream whose failures are errors of scorer; that its reader has seen enough stays what it is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._told():
            return self._stream.write(text)

    def flush(self) -> None:
        with self._told():
            self._stream.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            self.lost = True
            raise ScorerError(f"stdout: cannot be written to ({error.strerror})") from error


@contextmanager
def checked_stdout() -> Iterator[None]:
    """Have what cannot be written to stdout raise `ScorerError`."""
    if sys.stdout is None:  # closed by whoever started the program
        yield
        return
    results = _Results(stream := sys.stdout)
    try:
        with redirect_stdout(cast(TextIO, results)):
            yield
    finally:
        if results.lost:  # what is left in the stream would fail once more when the program ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
