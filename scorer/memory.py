"""Results of long work, remembered in the user's cache folder, so that the same work is not done twice."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from scorer.errors import UserError
from scorer.files import whole_file

MOST: Final = 100  # results of a kind; the oldest go


@dataclass(frozen=True, slots=True)
class Place:
    """Where a result is remembered; make one with `place_of`."""

    path: Path

    def recalled(self) -> dict[str, NDArray[Any]] | None:
        """Return the arrays that were remembered here, or None."""
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                return {name: kept[name] for name in kept.files}
        except (OSError, EOFError, ValueError, zipfile.BadZipFile):
            return None

    def remember(self, arrays: Mapping[str, Any]) -> None:
        """Keep named arrays; where the cache folder cannot be written, the work is done anew next time."""
        with suppress(OSError, UserError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            for old in sorted(self.path.parent.glob("*.npz"), key=lambda path: -path.stat().st_mtime)[MOST - 1 :]:
                old.unlink()
            with whole_file(self.path) as part:
                np.savez(part, **arrays)


def place_of(kind: str, made_from: object) -> Place:
    """Return the place of a result; `made_from`, as JSON, is all that it depends on."""
    name = hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:32]
    return Place(cache_folder() / kind / f"{name}.npz")


def cache_folder() -> Path:
    """Return scorer's part of the user's cache folder."""
    return user_cache_path("scorer", appauthor=False)
