"""A library that lives: files move, are copied, edited, broken and mended; runs are killed or meet."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from scorer.emotion import DIMENSIONS
from scorer.library import indexer, ledger
from scorer.library.catalogue import copies_of, list_library
from scorer.library.database import FILE_NAME, NEXT_NAME
from scorer.library.graph import build_graph, load_graph, real_queries, tune
from scorer.library.index import Index
from scorer.library.indexer import Options, Summary, index_paths
from tests.test_library_indexer import SpectralEncoder, StoppingEncoder, album, all_rows, tone

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    tone(folder / "low.wav", 12, 110)
    tone(folder / "more" / "high.flac", 23, 3000)
    return folder


def run(music: Path, *, encoder: SpectralEncoder | None = None, **options: object) -> Summary:
    how = Options(**options)  # type: ignore[arg-type]
    return index_paths([music], music.parent / "index", encoder or SpectralEncoder(), model="default", options=how)


def names(music: Path) -> list[str]:
    return [Path(track.path).name for track in list_library(music.parent / "index")[0]]


def test_a_moved_renamed_or_touched_file_is_known_again(music: Path) -> None:
    run(music)
    vectors = Index.open(music.parent / "index", model_digest="spectral").clip_vectors
    (music / "away").mkdir()
    (music / "more" / "high.flac").rename(music / "away" / "a new name.flac")
    os.utime(music / "low.wav", (1, 1))
    encoder = SpectralEncoder()
    summary = run(music, encoder=encoder)
    assert (encoder.clips, summary.moved, summary.indexed, summary.removed) == (0, 2, 0, 0)
    assert names(music) == ["a new name.flac", "low.wav"]
    again = Index.open(music.parent / "index", model_digest="spectral").clip_vectors
    np.testing.assert_array_equal(np.sort(again, axis=0), np.sort(vectors, axis=0))
    assert run(music).unchanged == 2


def test_the_same_music_twice_is_kept_once_and_listed(music: Path) -> None:
    shutil.copy(music / "low.wav", music / "twice.wav")
    encoder = SpectralEncoder()
    summary = run(music, encoder=encoder)
    assert (summary.indexed, summary.copies, summary.tracks) == (2, 1, 2)
    shutil.copy(music / "low.wav", music / "thrice.wav")
    summary = run(music)
    assert (summary.indexed, summary.copies, summary.unchanged) == (0, 1, 3)
    found = {Path(path).name: Path(of).name for path, of in copies_of(music.parent / "index")}
    assert found == {"twice.wav": "low.wav", "thrice.wav": "low.wav"}
    (music / "low.wav").unlink()  # one of the others becomes the track
    summary = run(music)
    assert (summary.indexed, summary.tracks) == (0, 2)
    assert names(music) == ["high.flac", "thrice.wav"]
    tone(music / "thrice.wav", 5, 700)  # edited: its former content is still in the last one
    assert run(music).tracks == 3
    assert sorted(names(music)) == ["high.flac", "thrice.wav", "twice.wav"]
    assert run(music).unchanged == 3


def test_what_is_missing_can_be_kept(music: Path) -> None:
    run(music)
    (music / "low.wav").unlink()
    assert (run(music, keep_missing=True).removed, len(names(music))) == (0, 2)
    assert (run(music).removed, names(music)) == (1, ["high.flac"])


def test_failures_are_tried_again_when_asked_or_with_another_decoder(
    music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (music / "broken.mp3").write_bytes(b"ID3" + bytes(3000))
    assert len(run(music).failures) == 1
    assert (run(music).failed_before, run(music).failures) == (1, ())
    shutil.move(music / "broken.mp3", music / "moved.mp3")  # no other content, so no other end
    moved = run(music)
    assert (moved.failed_before, moved.failures) == (1, ())
    assert len(run(music, retry_failed=True).failures) == 1
    for module in (ledger, indexer):
        monkeypatch.setattr(module, "ffmpeg_version", lambda: "ffmpeg version 99")
    assert len(run(music).failures) == 1
    assert run(music).failed_before == 1


def test_the_former_model_serves_until_the_new_one_is_whole(music: Path) -> None:
    album(music)
    run(music)
    whole = len(names(music))
    with pytest.raises(KeyboardInterrupt):
        run(music, encoder=StoppingEncoder(batches=1, digest="better"))
    assert len(Index.open(music.parent / "index", model_digest="spectral").tracks) == whole
    better = SpectralEncoder("better")
    summary = run(music, encoder=better)
    assert 0 < summary.indexed < whole
    assert len(Index.open(music.parent / "index", model_digest="better").tracks) == whole
    assert not (music.parent / "index" / NEXT_NAME).exists()


def test_a_second_run_waits_for_the_first(music: Path) -> None:
    album(music)
    folder = music.parent / "index"
    folder.mkdir()
    code = (
        "import sys, time; from filelock import FileLock\n"
        f"lock = FileLock({str(folder / '.lock')!r}); lock.acquire(); print('held', flush=True); time.sleep(1.0)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    told: list[float] = []
    summary = run(music, waiting=lambda: told.append(time.monotonic()))
    assert len(told) == 1
    assert time.monotonic() - told[0] > 0.2
    assert summary.indexed > 20
    holder.wait()
    holder.stdout.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill")
def test_twenty_kills_lose_nothing_and_double_nothing(music: Path, tmp_path: Path) -> None:
    album(music)
    shutil.copy(music / "low.wav", music / "zz-copy.wav")
    (music / "broken.ogg").write_bytes(b"OggS" + bytes(100))
    code = (
        "import sys, time; sys.path.insert(0, '.')\n"
        "from pathlib import Path\n"
        "from scorer.library.indexer import index_paths\n"
        "from tests.test_library_indexer import SpectralEncoder\n"
        "class Slow(SpectralEncoder):\n"
        "    def encode_clips(self, clips):\n"
        "        time.sleep(0.05)\n"
        "        return super().encode_clips(clips)\n"
        "print('begun', flush=True)\n"
        "index_paths([Path(sys.argv[1])], Path(sys.argv[2]), Slow(), model='default')\n"
    )
    chance, kills = random.Random(20), 0
    while kills < 20:
        command = [sys.executable, "-c", code, str(music), str(tmp_path / "index")]
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.25))
        child.kill()
        child.wait()
        child.stdout.close()
        kills += 1
        if (tmp_path / "index" / FILE_NAME).exists():
            with closing(sqlite3.connect(tmp_path / "index" / FILE_NAME)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    run(music)
    index_paths([music], tmp_path / "clean", SpectralEncoder(), model="default")
    assert all_rows(tmp_path / "clean") == all_rows(tmp_path / "index")
    assert copies_of(tmp_path / "clean") == copies_of(tmp_path / "index")
    assert {failure.path for failure in list_library(tmp_path / "index")[1]} == {str(music / "broken.ogg")}


@pytest.mark.skipif(os.name != "posix", reason="needs limits of processes")
def test_a_full_disk_is_said_and_the_next_run_goes_on(music: Path, tmp_path: Path) -> None:
    album(music)
    code = (
        "import resource, signal, sys; sys.path.insert(0, '.')\n"
        "from pathlib import Path\n"
        "from scorer.library.indexer import index_paths\n"
        "from tests.test_library_indexer import SpectralEncoder\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))\n"
        "index_paths([Path(sys.argv[1])], Path(sys.argv[2]), SpectralEncoder(), model='default')\n"
    )
    command = [sys.executable, "-c", code, str(music), str(tmp_path / "index")]
    full = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert full.returncode == 1
    assert "LibraryError" in full.stderr.splitlines()[-1] and "is not full" in full.stderr.splitlines()[-1]
    run(music)
    index_paths([music], tmp_path / "clean", SpectralEncoder(), model="default")
    assert all_rows(tmp_path / "clean") == all_rows(tmp_path / "index")


def clustered(count: int, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(60, DIMENSIONS))
    vectors = centres[draw.integers(0, 60, count)] + 0.3 * draw.normal(size=(count, DIMENSIONS))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_the_graph_is_searched_as_deep_as_passages_of_books_need(tmp_path: Path) -> None:
    vectors, queries = clustered(6000), real_queries()
    assert queries.shape[1] == DIMENSIONS
    np.testing.assert_allclose(np.linalg.norm(queries, axis=1), 1.0, atol=1e-3)
    build_graph(tmp_path, vectors)
    graph = load_graph(tmp_path, vectors)
    assert graph is not None
    tuned = tune(graph, vectors, queries)
    assert tuned.recall >= 0.99
    graph.set_ef(tuned.ef)
    found = graph.knn_query(queries, k=10)[0]
    exact = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    assert np.mean([len(set(a) & set(b)) for a, b in zip(found.tolist(), exact.tolist(), strict=True)]) >= 9.8


def test_tracks_are_found_distinct_and_as_many_as_asked_while_there_are_enough() -> None:
    vectors = clustered(400)
    tracks = np.repeat(np.arange(20), 20)
    vectors[:20] = vectors[0]  # one track lies nearest with all its clips
    index = Index([], vectors, tracks, np.zeros(400))
    allowed = np.ones(20, np.bool_)
    allowed[[3, 5]] = False
    found = index.search_tracks(vectors[:2], 12, allowed)
    for row, query in zip(found, vectors[:2], strict=True):
        assert len(set(row.tolist())) == 12
        assert not {3, 5} & set(row.tolist())
        best = np.maximum.reduceat(vectors @ query, np.arange(0, 400, 20))
        best[[3, 5]] = -9.0
        assert row.tolist() == np.argsort(-best, kind="stable")[:12].tolist()
    assert [len(row) for row in index.search_tracks(vectors[:2], 50, allowed)] == [18, 18]
