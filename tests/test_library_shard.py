"""Embedded files that come from elsewhere: shards, and a run that goes on with those of a former one."""

from pathlib import Path

import numpy as np
import pytest

from scorer.audio.ffmpeg import ffmpeg_version
from scorer.library.embed import Embedded, embed
from scorer.library.indexer import Options, index_paths
from scorer.library.shard import Terms, read_shard, shards_in, write_shard
from scorer.library.track import Failure
from scorer.library.walk import walk
from scorer.library.workers import FOLDER, RayEngine
from tests.test_library_indexer import SpectralEncoder, all_rows, tone

TERMS = Terms("spectral", 30, ffmpeg_version())


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    tone(folder / "low.wav", 12, 110)
    tone(folder / "more" / "hi\ngh é.flac", 23, 3000)
    (folder / "broken.mp3").write_bytes(b"ID3" + bytes(3000))
    return folder


def test_a_shard_keeps_all_that_the_index_is_told(music: Path, tmp_path: Path) -> None:
    outcomes = list(embed(walk([music]), SpectralEncoder(), 30, 1))
    path = write_shard(tmp_path, outcomes, TERMS)
    assert write_shard(tmp_path, outcomes, TERMS) == path
    assert shards_in(tmp_path) == [path]
    again = read_shard(path, TERMS)
    assert [type(outcome) for outcome in again] == [type(outcome) for outcome in outcomes]
    for one, other in zip(outcomes, again, strict=True):
        if isinstance(one, Embedded):
            assert isinstance(other, Embedded)
            assert (one.source, one.sound.header, one.sound.starts) == (
                other.source,
                other.sound.header,
                other.sound.starts,
            )
            assert one.sound.seconds == other.sound.seconds
            for name in ("moods", "valence_arousal", "vectors", "music"):
                np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
        else:
            assert isinstance(one[1], Failure)
            assert one == other


def test_a_shard_of_failures_alone_is_one_too(music: Path, tmp_path: Path) -> None:
    outcomes = list(embed(walk([music / "broken.mp3"]), SpectralEncoder(), 30, 1))
    assert read_shard(write_shard(tmp_path, outcomes, TERMS), TERMS) == outcomes


@pytest.mark.parametrize("other", [Terms("better", 30, TERMS.decoder), Terms("spectral", 3, TERMS.decoder)])
def test_a_shard_of_another_model_or_limit_is_refused(music: Path, tmp_path: Path, other: Terms) -> None:
    path = write_shard(tmp_path, list(embed(walk([music]), SpectralEncoder(), 30, 1)), TERMS)
    with pytest.raises(ValueError, match="other terms"):
        read_shard(path, other)


@pytest.mark.parametrize("content", [b"", b"no shard at all" * 100, b"\x80\x04pickled"])
def test_a_damaged_shard_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.shard.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no shard"):
        read_shard(path, TERMS)


def test_what_a_killed_run_left_behind_is_taken_and_not_made_again(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_paths([music], tmp_path / "clean", SpectralEncoder(), model="default")
    place = tmp_path / "index" / FOLDER
    place.mkdir(parents=True)
    write_shard(place, list(embed(walk([music]), SpectralEncoder(), 30, 1)), TERMS)
    write_shard(place, list(embed(walk([music]), SpectralEncoder("former"), 30, 1)), Terms("former", 30, ""))
    (place / "torn.shard.safetensors").write_bytes(b"torn")
    monkeypatch.setattr("scorer.library.workers.joined", None)  # no cluster is needed
    how = Options(engine=RayEngine(tmp_path / "index", SpectralEncoder))
    summary = index_paths([music], tmp_path / "index", SpectralEncoder(), model="default", options=how)
    assert (summary.indexed, len(summary.failures)) == (2, 1)
    assert all_rows(tmp_path / "index") == all_rows(tmp_path / "clean")
    assert not place.exists()


def test_what_a_shard_says_of_a_file_that_changed_since_is_not_taken(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "index" / FOLDER
    place.mkdir(parents=True)
    write_shard(place, list(embed(walk([music]), SpectralEncoder(), 30, 1)), TERMS)
    tone(music / "low.wav", 33, 2000)
    monkeypatch.setattr("scorer.library.workers.joined", None)
    how = Options(engine=RayEngine(tmp_path / "index", SpectralEncoder))
    with pytest.raises(TypeError):  # there is something left for the cluster
        index_paths([music], tmp_path / "index", SpectralEncoder(), model="default", options=how)
    assert index_paths([music], tmp_path / "index", SpectralEncoder(), model="default").indexed == 1
