"""Work on a Ray cluster. Ray comes with `pip install 'scorer[ray]'`; machines share scorer, its ffmpeg and their files.

What goes from stage to stage is a table of one column of pickled objects: it stays within the cluster.
"""

import logging
import os
import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scorer.errors import InternalError, UserError

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES: Final = 32 << 20  # about three tracks of five minutes between decoding and listening
# Ray reports its use over the network, and talks much, unless it is told not to.
_QUIET: Final = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DATA_LOG_LEVEL": "CRITICAL", "RAY_BACKEND_LOG_LEVEL": "fatal"}


@dataclass(frozen=True, slots=True)
class Stage:
    """A class whose instances, made from `arguments`, turn tables into tables in `actors` processes of their own.

    `batch` is how many objects they are given at a time, `cpus` and `gpus` what Ray keeps for each of them.
    """

    work: type
    arguments: tuple[Any, ...]
    actors: int
    batch: int
    cpus: float = 1.0
    gpus: float = 0.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that was joined, with all its CPUs and GPUs."""

    cpus: int
    gpus: int

    def run(self, pieces: Iterable[Iterable[Any]], stages: Iterable[Stage]) -> Iterator[Any]:
        """Send pieces, each some objects, through the stages; yield the objects that come out, in any order.

        A worker that dies is replaced, and its piece done again. Raises `InternalError` where Ray gives up.
        """
        import ray.data
        from ray.exceptions import RayError

        data = ray.data.from_arrow([packed(piece) for piece in pieces])
        for stage in stages:
            data = data.map_batches(
                stage.work,
                fn_constructor_args=stage.arguments,
                batch_size=stage.batch,
                batch_format="pyarrow",
                compute=ray.data.ActorPoolStrategy(size=stage.actors),
                num_cpus=stage.cpus,
                num_gpus=stage.gpus,
            )
        try:
            for table in data.iter_batches(batch_size=None, batch_format="pyarrow"):
                yield from unpacked(table)
        except RayError as error:
            raise InternalError(f"the Ray cluster: {_last_line(error)}; what is done is kept, run it again") from error


@contextmanager
def joined(address: str | None) -> Iterator[Cluster]:
    """Join the cluster at `address`, else the one that RAY_ADDRESS names or that runs here, else one for this run.

    Raises `UserError` where Ray is not installed or does not answer.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UserError("--engine ray needs Ray, which is not installed: pip install 'scorer[ray]'") from error
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError) as error:
        where = f"at {address}" if address else "here"
        raise UserError(f"no Ray cluster {where}: {_last_line(error)}; see `ray status`") from error
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.target_max_block_size = BLOCK_BYTES
        have = ray.cluster_resources()
        yield Cluster(max(1, int(have.get("CPU", 1))), int(have.get("GPU", 0)))
    finally:
        ray.shutdown()


def packed(objects: Iterable[Any]) -> "pa.Table":
    """Return objects as a table."""
    import pyarrow as pa

    return pa.table({"item": pa.array([pickle.dumps(item) for item in objects], pa.large_binary())})


def unpacked(table: "pa.Table") -> Iterator[Any]:
    """Undo `packed`."""
    return (pickle.loads(cell.as_buffer()) for cell in table["item"])


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
