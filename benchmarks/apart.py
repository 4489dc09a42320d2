"""Work in a process of its own, so that its peak memory is known apart."""

import multiprocessing
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def apart(work: Callable[..., T], *arguments: object) -> T:
    """Run in a process that begins afresh: the kernel counts the memory of one that forks as its child's."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def peak_mb(who: int = resource.RUSAGE_SELF) -> float:
    """Return the peak resident memory in MB of 2**20 bytes of this process, or of its children that have ended."""
    return resource.getrusage(who).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
