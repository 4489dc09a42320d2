"""Progress for long work: a bar with an ETA on a terminal, nothing elsewhere."""

import sys
from typing import Any

from tqdm import tqdm


def progress_bar(total: float, what: str, unit: str) -> "tqdm[Any]":
    """Return a bar on stderr that counts to `total`; it is silent when stderr is no terminal."""
    return tqdm(total=total, desc=what, unit=unit, disable=not sys.stderr.isatty(), leave=False, dynamic_ncols=True)
