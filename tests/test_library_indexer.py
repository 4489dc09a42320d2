import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import wave
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scorer.cli.index import report
from scorer.emotion import DIMENSIONS
from scorer.errors import LibraryError
from scorer.library.catalogue import list_library
from scorer.library.database import FILE_NAME
from scorer.library.index import Index
from scorer.library.indexer import Options, Summary, index_paths
from scorer.library.stats import stats_of
from scorer.library.track import Track
from scorer.nets.emotions import Emotions


class SpectralEncoder:
    """Hears the shares of seven bands and the level: small, real and the same everywhere."""

    dimensions = DIMENSIONS

    def __init__(self, digest: str = "spectral") -> None:
        self.digest = digest
        self.clips = 0

    def encode_clips(self, clips: np.ndarray) -> Emotions:
        self.clips += len(clips)
        power = np.abs(np.fft.rfft(clips[:, :16000])) ** 2 + 1e-6
        bands = np.stack([band.mean(axis=1) for band in np.array_split(power, 7, axis=1)], axis=1)
        moods = np.sqrt(bands) / np.sqrt(bands).sum(axis=1, keepdims=True)
        level = np.clip(np.sqrt((clips**2).mean(axis=1)), 0, 1)
        return Emotions.of_clips(moods.astype(np.float32), np.stack([level, 1 - level], axis=1).astype(np.float32))


class StoppingEncoder(SpectralEncoder):
    """Is stopped after some batches: by Ctrl-C, or killed."""

    def __init__(self, batches: int, *, kill: bool = False, digest: str = "spectral") -> None:
        super().__init__(digest)
        self.batches = batches
        self.kill = kill

    def encode_clips(self, clips: np.ndarray) -> Emotions:
        if not self.batches:
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt
        self.batches -= 1
        return super().encode_clips(clips)


def tone(path: Path, seconds: float = 3, hz: float = 440) -> Path:
    """Write a tone, a WAV file whatever its name is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.sin(2 * np.pi * hz * np.arange(int(seconds * 16000)) / 16000)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, len(samples), "NONE", ""))
        file.writeframes((samples * 8000).astype("<i2").tobytes())
    return path


def album(folder: Path) -> None:
    """Add 20 tracks of two clips: more than one batch."""
    for number in range(20):
        tone(folder / f"{number:02}.wav", 16, 100 + 50 * number)


def digest_of(folder: Path) -> str:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return str(connection.execute("SELECT value FROM meta WHERE key = 'digest'").fetchone()[0])


def all_rows(folder: Path) -> list[tuple[object, ...]]:
    """Return all that an index says, without row ids."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        clips = connection.execute(
            "SELECT path, position, start_s, vector, clips.moods, clips.valence, title, seconds, tracks.valence, happy"
            " FROM clips JOIN tracks ON tracks.id = track_id ORDER BY path, position"
        )
        return [*clips, *connection.execute("SELECT * FROM failures ORDER BY path")]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    tone(folder / "low.wav", 12, 110)
    tone(folder / "more" / "high.flac", 23, 3000)
    tone(folder / "more" / "short.ogg", 0.3, 800)
    return folder


def run(music: Path, *, encoder: SpectralEncoder | None = None, **options: Any) -> Summary:
    how = Options(**options)
    return index_paths([music], music.parent / "index", encoder or SpectralEncoder(), model="default", options=how)


def tracks(music: Path) -> dict[str, Track]:
    return {Path(track.path).name: track for track in list_library(music.parent / "index")[0]}


def failures(music: Path) -> dict[str, str]:
    return {Path(failure.path).name: failure.reason for failure in list_library(music.parent / "index")[1]}


def test_tracks_carry_the_means_of_their_clips(music: Path) -> None:
    summary = run(music)
    assert (summary.indexed, summary.clips, summary.tracks) == (3, 4, 3)
    assert summary.seconds == pytest.approx(35.3, abs=0.1)
    found = tracks(music)
    assert [track.clips for track in found.values()] == [1, 2, 1]
    assert np.argmax(found["low.wav"].moods) == 0
    assert np.argmax(found["high.flac"].moods) == 2
    index = Index.open(music.parent / "index", model_digest="spectral")
    assert index.clip_tracks.tolist() == [0, 1, 1, 2]
    assert index.clip_starts.tolist() == [0, 0, 10, 0]
    assert index.complete


def test_a_second_run_listens_only_to_what_is_new_or_changed(music: Path) -> None:
    run(music)
    encoder = SpectralEncoder()
    summary = run(music, encoder=encoder)
    assert (summary.indexed, summary.unchanged, encoder.clips) == (0, 3, 0)
    tone(music / "new.wav", 3, 500)
    tone(music / "low.wav", 33, 2000)
    summary = run(music)
    assert (summary.indexed, summary.unchanged, summary.tracks) == (2, 2, 4)
    assert tracks(music)["low.wav"].clips == 3


def test_deleted_files_leave_the_index_only_under_the_given_paths(music: Path) -> None:
    run(music)
    (music / "low.wav").unlink()
    (music / "more" / "short.ogg").unlink()
    summary = index_paths([music / "more"], music.parent / "index", SpectralEncoder(), model="default")
    assert (summary.removed, summary.tracks) == (1, 2)
    assert set(tracks(music)) == {"low.wav", "high.flac"}
    assert run(music).removed == 1
    assert set(tracks(music)) == {"high.flac"}


def test_bad_files_are_skipped_named_and_remembered(music: Path) -> None:
    (music / "empty.mp3").touch()
    (music / "picture.mp3").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    (music / "text.ogg").write_text("It was a dark and stormy night. " * 40)
    (music / "gone.flac").symlink_to(music / "nowhere.flac")
    cut = tone(music / "cut.wav", 20)
    os.truncate(cut, cut.stat().st_size // 2)
    summary = run(music)
    assert (summary.indexed, len(summary.failures), summary.failed_before) == (3, 5, 0)
    found = failures(music)
    assert set(found) == {"empty.mp3", "picture.mp3", "text.ogg", "gone.flac", "cut.wav"}
    assert "empty" in found["empty.mp3"]
    assert "cut short" in found["cut.wav"]
    assert all(str(music) not in reason and "\n" not in reason for reason in found.values())

    again = run(music)
    assert (again.unchanged, again.failed_before) == (3, 4)
    assert [Path(failure.path).name for failure in again.failures] == [
        "gone.flac"
    ]  # looked at anew: no content to know

    tone(music / "cut.wav", 20)
    (music / "empty.mp3").unlink()
    mended = run(music)
    assert (mended.indexed, mended.removed, mended.failed_before) == (1, 1, 2)
    assert "cut.wav" in tracks(music)
    assert "cut.wav" not in failures(music)


def test_a_track_that_breaks_is_no_track_any_more(music: Path) -> None:
    run(music)
    (music / "low.wav").write_bytes(b"broken")
    assert run(music).tracks == 2
    assert "low.wav" in failures(music)
    assert "low.wav" not in tracks(music)


def test_the_order_of_paths_and_overlaps_change_nothing(music: Path, tmp_path: Path) -> None:
    run(music)
    index_paths(
        [music / "more", music, music / "low.wav"],
        tmp_path / "other",
        SpectralEncoder(),
        model="default",
        options=Options(jobs=1),
    )
    assert all_rows(tmp_path / "other") == all_rows(music.parent / "index")


def test_ctrl_c_loses_nothing(music: Path, tmp_path: Path) -> None:
    album(music)
    with pytest.raises(KeyboardInterrupt):
        run(music, encoder=StoppingEncoder(batches=1))
    index = Index.open(music.parent / "index", model_digest="spectral")
    assert not index.complete
    done = len(index.tracks)
    assert 0 < done < 23
    summary = run(music)
    assert (summary.unchanged, summary.indexed) == (done, 23 - done)
    index_paths([music], tmp_path / "clean", SpectralEncoder(), model="default")
    assert all_rows(tmp_path / "clean") == all_rows(music.parent / "index")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system cannot kill")
def test_a_killed_run_is_gone_on_with(music: Path, tmp_path: Path) -> None:
    album(music)
    killed = subprocess.run([sys.executable, __file__, str(music), str(tmp_path / "index")], check=False)
    assert killed.returncode == -signal.SIGKILL
    done = len(tracks(music))
    assert 0 < done < 23
    assert run(music).unchanged == done
    index_paths([music], tmp_path / "clean", SpectralEncoder(), model="default")
    assert all_rows(tmp_path / "clean") == all_rows(music.parent / "index")


def test_another_model_embeds_everything_anew(music: Path) -> None:
    run(music)
    lost = tone(music / "lost.wav", hz=900)
    run(music)
    lost.unlink()
    with pytest.raises(LibraryError, match="another model; run `scorer index"):
        Index.open(music.parent / "index", model_digest="better")
    summary = run(music, encoder=SpectralEncoder("better"))
    assert (summary.remodelled, summary.indexed, summary.removed, summary.tracks) == (3, 3, 1, 3)
    assert len(Index.open(music.parent / "index", model_digest="better").tracks) == 3


def test_paths_in_an_index_are_not_followed_where_nobody_sent_it(music: Path) -> None:
    run(music)
    elsewhere = tone(music.parent / "elsewhere" / "far.wav")
    index_paths([elsewhere], music.parent / "index", SpectralEncoder(), model="default")
    better = SpectralEncoder("better")
    with pytest.raises(LibraryError, match=r"1 of its files are not under what was given, such as .*far\.wav; name"):
        run(music, encoder=better)
    assert better.clips == 0
    assert len(Index.open(music.parent / "index", model_digest="spectral").tracks) == 4  # it serves on
    index_paths([music, elsewhere.parent], music.parent / "index", better, model="default")
    assert len(Index.open(music.parent / "index", model_digest="better").tracks) == 4


def test_a_stopped_change_of_model_goes_on(music: Path) -> None:
    run(music)
    with pytest.raises(KeyboardInterrupt):
        run(music, encoder=StoppingEncoder(batches=0, digest="better"))
    better = SpectralEncoder("better")
    run(music, encoder=better)
    assert better.clips == 4
    assert len(Index.open(music.parent / "index", model_digest="better").tracks) == 3


def test_another_limit_of_clips_embeds_only_what_it_changes(music: Path) -> None:
    run(music, clips_per_track=1)
    assert tracks(music)["high.flac"].clips == 1
    summary = run(music, clips_per_track=5)
    assert (summary.indexed, summary.unchanged) == (2, 1)  # 12 s are more than one clip's worth, 0.3 s are not
    assert tracks(music)["high.flac"].clips == 2
    assert run(music, clips_per_track=4).unchanged == 3


def test_of_a_long_track_some_clips_are_heard_evenly_spaced_and_it_is_said(music: Path) -> None:
    tone(music / "long.wav", 200)
    summary = run(music, clips_per_track=4)
    assert summary.shortened == 1
    assert "heard in part: 1 that are long (see --clips-per-track) or partly silent" in report(summary, 1.0)
    index = Index.open(music.parent / "index", model_digest="spectral")
    [row] = [number for number, track in enumerate(index.tracks) if track.path.endswith("long.wav")]
    assert index.clip_starts[index.clip_tracks == row].tolist() == [20, 70, 120, 170]
    assert (index.tracks[row].seconds, index.tracks[row].clips) == (200, 4)


def test_a_folder_without_sound_files_makes_no_index(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "cover.jpg").write_bytes(b"x")
    with pytest.raises(LibraryError, match="music: no sound files there; nothing was indexed"):
        run(tmp_path / "music")
    assert not (tmp_path / "index").exists()


def test_a_folder_of_broken_files_makes_an_empty_index(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "torn.mp3").write_bytes(b"x")
    assert run(tmp_path / "music").tracks == 0
    with pytest.raises(LibraryError, match="no track in the index"):
        Index.open(tmp_path / "index", model_digest="spectral")


def test_a_path_that_does_not_exist_stops_before_anything_is_written(music: Path) -> None:
    with pytest.raises(LibraryError, match=r"nowhere: no such file or folder"):
        index_paths([music, music / "nowhere"], music.parent / "index", SpectralEncoder(), model="default")
    assert not (music.parent / "index").exists()


def test_an_index_folder_that_is_a_file_is_refused(music: Path, tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("mine")
    for folder in (place, place / "inside"):
        with pytest.raises(LibraryError, match="choose another with --index"):
            index_paths([music], folder, SpectralEncoder(), model="default")
    assert place.read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_an_index_folder_that_may_not_be_written_is_refused(music: Path, tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    with pytest.raises(LibraryError, match="shut"):
        index_paths([music], shut, SpectralEncoder(), model="default")


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\x00" + bytes(5000)])
def test_a_damaged_index_is_refused_and_left_alone(music: Path, tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(content)
    assert_refused_and_left_alone(music, folder, r"library\.sqlite")


def assert_refused_and_left_alone(music: Path, folder: Path, message: str) -> None:
    before = (folder / FILE_NAME).read_bytes()
    for attempt in (
        lambda: run(music),
        lambda: list_library(folder),
        lambda: Index.open(folder, model_digest="spectral"),
    ):
        with pytest.raises(LibraryError, match=message):
            attempt()
    assert (folder / FILE_NAME).read_bytes() == before


def test_a_large_library_is_searched_through_its_graph(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    album(music)
    run(music)
    exact = Index.open(music.parent / "index", model_digest="spectral")
    assert not list((music.parent / "index").glob("*.hnsw"))
    for module in ("index", "indexer", "stats"):
        monkeypatch.setattr(f"scorer.library.{module}.EXACT_LIMIT", 10)
    run(music)
    figures = stats_of(music.parent / "index")
    assert (figures["search"], figures["recall"]) == ("graph", 1.0)
    assert figures["exact_ms"] > 0 and figures["graph_ms"] > 0
    with monkeypatch.context() as patch:
        patch.delattr("scorer.library.indexer.prepare")  # so that it cannot be made again
        run(music)
    graph = Index.open(music.parent / "index", model_digest="spectral")
    queries = exact.clip_vectors[::3]
    with monkeypatch.context() as patch:
        patch.delattr("scorer.library.index.search_exactly")  # so that only the graph can answer
        rows, scores = graph.search(queries, 5)
    assert rows.shape == (len(queries), 5)
    np.testing.assert_allclose(scores, exact.search(queries, 5)[1], rtol=1e-5)

    [path] = (music.parent / "index").glob("*.hnsw")
    whole = path.read_bytes()
    path.write_bytes(whole[:-2000] + b"\xff" * 1900 + whole[-100:])  # links to nowhere
    damaged = Index.open(music.parent / "index", model_digest="spectral")
    np.testing.assert_array_equal(damaged.search(queries, 5)[0], exact.search(queries, 5)[0])
    run(music)
    assert path.read_bytes() == whole


def test_a_finished_index_may_be_copied(music: Path, tmp_path: Path) -> None:
    run(music)
    assert digest_of(tmp_path / "index") == "spectral"
    assert {path.name.split(".")[-1] for path in (tmp_path / "index").iterdir()} == {"sqlite", "lock"}
    shutil.copytree(tmp_path / "index", tmp_path / "copy")
    assert len(Index.open(tmp_path / "copy", model_digest="spectral").tracks) == 3


if __name__ == "__main__":
    index_paths([Path(sys.argv[1])], Path(sys.argv[2]), StoppingEncoder(batches=1, kill=True), model="default")
