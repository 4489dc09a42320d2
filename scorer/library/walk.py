"""The files under some paths, each once, in a stable order."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from scorer.library.kind import may_be_audio

NO_TEXT: Final = "its name is not UTF-8 text, so no cue sheet could name it; rename the file"

NO_FILE: Final = "neither a file nor a folder"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that claims to be audio. `trouble` says why it, or a folder on the way, cannot be looked at, else "".

    `content` is a hash of its bytes, "" while nobody has asked.
    """

    path: str
    size: int = -1
    mtime_ns: int = -1
    trouble: str = ""
    content: str = ""

    def with_content(self) -> "Source":
        """Return the source with its content's hash, "" where it cannot be read (any more)."""
        try:
            with Path(self.path).open("rb") as file:
                return replace(self, content=hashlib.file_digest(file, "sha256").hexdigest())
        except OSError:
            return self


def walk(paths: Iterable[Path]) -> Iterator[Source]:
    """Yield the audio files at and under `paths`, folders in the order of their names.

    Links are followed. A file or folder that is reached twice (a link, a loop, overlapping paths) counts once, by the
    path that comes first. Hidden names are left out, unless they were asked for. A file that was asked for is always
    tried, whatever its name.
    """
    roots = [path.resolve() for path in paths]
    asked = set(roots)
    pending = roots[::-1]
    seen: set[tuple[int, int]] = set()
    while pending:
        path = pending.pop()
        try:
            status = path.stat()
            if not _first_time(status, seen):
                continue
            if stat.S_ISDIR(status.st_mode):
                inside = (child for child in path.iterdir() if not child.name.startswith("."))
                pending += sorted(inside, key=os.fsencode, reverse=True)
                continue
        except OSError as error:
            if path in asked or path.is_dir() or may_be_audio(path):
                yield Source(str(path), trouble=trouble(error))
            continue
        if not stat.S_ISREG(status.st_mode):  # a pipe or a device would be waited for
            if path in asked:
                yield Source(str(path), trouble=NO_FILE)
        elif path in asked or may_be_audio(path):
            yield Source(str(path), status.st_size, status.st_mtime_ns, "" if _is_text(path) else NO_TEXT)


def trouble(error: OSError) -> str:
    """Return what the system says of a file, in lower case."""
    return (error.strerror or type(error).__name__).lower()


def _is_text(path: Path) -> bool:
    """A cue sheet is UTF-8 and has to name the file."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _first_time(status: os.stat_result, seen: set[tuple[int, int]]) -> bool:
    key = (status.st_dev, status.st_ino)
    if status.st_ino == 0:  # a file system that numbers no files cannot tell them apart either
        return True
    new = key not in seen
    seen.add(key)
    return new
