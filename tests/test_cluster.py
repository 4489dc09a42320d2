"""The same index and the same cue sheets by a Ray cluster of two nodes, one of whose workers is killed."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from scorer.cli import cli
from scorer.cluster import Cluster, packed, unpacked
from scorer.errors import InternalError
from scorer.library.catalogue import copies_of
from scorer.library.indexer import Options, index_paths
from scorer.library.workers import FOLDER, RayEngine
from scorer.nets.emotions import Emotions
from scorer.nets.encoders import MusicEncoder
from tests.test_library_indexer import SpectralEncoder, StoppingEncoder, album, all_rows

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
STORY = EXAMPLES / "three-strokes-and-a-rest.epub"


def scorer(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


class KilledOnce:
    """The real encoder; the first process that hears a second batch is killed, as for want of memory."""

    def __init__(self, marks: Path) -> None:
        self._encoder = MusicEncoder.load()
        self.digest, self.dimensions = self._encoder.digest, self._encoder.dimensions
        self._marks = marks

    def encode_clips(self, clips: np.ndarray) -> Emotions:
        if (self._marks / "heard").exists() and not (self._marks / "killed").exists():
            (self._marks / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        (self._marks / "heard").touch()
        return self._encoder.encode_clips(clips)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Return the address of a cluster of two nodes with a processor each."""
    pytest.importorskip("ray.data", reason="needs Ray: pip install 'scorer[ray]'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_health_check_timeout_ms", "60000")  # a busy machine is no dead node
        patch.setenv("RAY_worker_register_timeout_seconds", "300")
        patch.setenv("RAY_worker_niceness", "0")
        from ray.cluster_utils import Cluster as Nodes

        small: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 100 << 20}
        nodes = Nodes(initialize_head=True, head_node_args={**small, "include_dashboard": False})
        try:
            nodes.add_node(**small)
            yield nodes.address
        finally:
            nodes.shutdown()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's music, indexed on this machine alone."""
    folder = tmp_path_factory.mktemp("alone") / "index"
    index_paths([EXAMPLES / "music"], folder, MusicEncoder.load(), model="default")
    return folder


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill")
def test_two_nodes_make_the_same_index_though_a_worker_is_killed(address: str, index: Path, tmp_path: Path) -> None:
    engine = RayEngine(tmp_path / "index", partial(KilledOnce, tmp_path), address)
    how = Options(engine=engine)
    summary = index_paths([EXAMPLES / "music"], tmp_path / "index", MusicEncoder.load(), model="default", options=how)
    assert (tmp_path / "killed").exists()
    assert summary.failures == ()
    assert all_rows(tmp_path / "index") == all_rows(index)
    assert not (tmp_path / "index" / FOLDER).exists()


def test_two_nodes_make_the_same_cue_sheets_and_a_bad_book_costs_only_itself(
    address: str, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.epub").write_bytes(b"hello")
    (tmp_path / "short.txt").write_text("She wept. The grave was small.\n", encoding="utf-8")
    books = [STORY, tmp_path / "bad.epub", tmp_path / "short.txt"]
    with monkeypatch.context() as patch:  # the workers are not to find what was read here
        patch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        alone = scorer("run", *books, "--index", index, "-o", tmp_path / "alone")
    monkeypatch.delattr(
        "scorer.cues.score.Desk.open"
    )  # models and index are for the workers, which are other processes
    many = scorer("run", *books, "--index", index, "-o", tmp_path / "many", "--engine", "ray", "--address", address)
    assert (alone.exit_code, many.exit_code) == (2, 2), many.output
    assert sorted(many.stderr.splitlines()) == sorted(alone.stderr.splitlines())
    for name in (f"{STORY.stem}.csv", "short.csv"):
        assert (tmp_path / "many" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
        assert str(tmp_path / "many" / name) in many.stdout.splitlines()


def test_an_index_that_is_not_there_is_said_before_a_cluster_is_asked(tmp_path: Path) -> None:
    options = ("-o", tmp_path / "cues", "--engine", "ray", "--address", "nowhere:1")
    result = scorer("run", STORY, tmp_path / "other.txt", "--index", tmp_path / "none", *options)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"scorer: {tmp_path}/none: no index there yet")


class OneProcess(Cluster):
    """The stages one after another, here."""

    def run(self, pieces: Any, stages: Any) -> Iterator[Any]:
        workers = [stage.work(*stage.arguments) for stage in stages]
        for piece in pieces:
            tables = [packed(piece)]
            for worker in workers:
                made = [worker(table) for table in tables]
                tables = [table for one in made for table in ([one] if hasattr(one, "num_rows") else one)]
            for table in tables:
                yield from unpacked(table)


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow", reason="needs Ray: pip install 'scorer[ray]'")

    @contextmanager
    def here(address: str | None) -> Iterator[Cluster]:
        yield OneProcess(cpus=2, gpus=0)

    monkeypatch.setattr("scorer.library.workers.joined", here)


@pytest.mark.usefixtures("one_process")
def test_a_run_on_a_cluster_that_is_stopped_is_gone_on_with(tmp_path: Path) -> None:
    album(tmp_path / "music")
    folder = tmp_path / "index"
    stopping = Options(engine=RayEngine(folder, partial(StoppingEncoder, batches=3)))
    with pytest.raises(KeyboardInterrupt):
        index_paths([tmp_path / "music"], folder, SpectralEncoder(), model="default", options=stopping)
    how = Options(engine=RayEngine(folder, SpectralEncoder))
    summary = index_paths([tmp_path / "music"], folder, SpectralEncoder(), model="default", options=how)
    assert 0 < summary.unchanged < 20
    assert summary.unchanged + summary.indexed == 20
    index_paths([tmp_path / "music"], tmp_path / "clean", SpectralEncoder(), model="default")
    assert all_rows(folder) == all_rows(tmp_path / "clean")
    assert copies_of(folder) == []


@pytest.mark.usefixtures("one_process")
def test_a_worker_with_another_model_is_refused(tmp_path: Path) -> None:
    album(tmp_path / "music")
    how = Options(engine=RayEngine(tmp_path / "index", partial(SpectralEncoder, "better")))
    with pytest.raises(InternalError, match="install the same on all"):
        index_paths([tmp_path / "music"], tmp_path / "index", SpectralEncoder(), model="default", options=how)


def test_without_ray_one_line_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    result = scorer("index", EXAMPLES / "music", "--index", tmp_path / "index", "--engine", "ray")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "scorer: --engine ray needs Ray, which is not installed: pip install 'scorer[ray]'"
    ]


def test_an_address_without_the_engine_and_the_engine_for_one_book_are_refused(tmp_path: Path) -> None:
    result = scorer("index", EXAMPLES / "music", "--index", tmp_path / "index", "--address", "localhost:6379")
    assert result.exit_code == 2
    assert "--engine ray" in result.stderr
    result = scorer("run", STORY, "--engine", "ray")
    assert result.exit_code == 2
    assert "one book is scored on one machine" in result.stderr
