import os
from pathlib import Path

import pytest

from scorer.library.walk import walk


def touch(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(*paths: Path) -> list[str]:
    return [Path(source.path).name for source in walk(paths)]


def test_pictures_texts_playlists_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    for name in ("cover.jpg", "notes.TXT", "all.m3u", "film.mkv", "._b.mp3", ".trash/c.mp3", "b.mp3", "A.FLAC"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["A.FLAC", "b.mp3"]


def test_an_unknown_suffix_is_told_by_the_first_bytes(tmp_path: Path) -> None:
    touch(tmp_path / "track.dat", b"OggS" + bytes(20))
    touch(tmp_path / "save.dat", b"\x00\x01\x02 a saved game")
    touch(tmp_path / "no_suffix", b"fLaC" + bytes(20))
    assert names(tmp_path) == ["no_suffix", "track.dat"]


def test_folders_and_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b/2.mp3", "b/1.mp3", "a/9.mp3", "c.mp3", "B.mp3"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["B.mp3", "9.mp3", "1.mp3", "2.mp3", "c.mp3"]


def test_loops_links_and_overlapping_paths_give_each_file_once(tmp_path: Path) -> None:
    track = touch(tmp_path / "music" / "a.mp3")
    (tmp_path / "music" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "music" / "z.mp3").symlink_to(track)
    (tmp_path / "music" / "self.mp3").symlink_to(tmp_path / "music" / "self.mp3")
    sources = list(walk([tmp_path / "music", tmp_path, track]))
    assert [source.path for source in sources if not source.trouble] == [str(track)]
    assert [Path(source.path).name for source in sources if source.trouble] == ["self.mp3"]


def test_a_broken_link_is_named_if_it_claims_to_be_audio(tmp_path: Path) -> None:
    (tmp_path / "gone.mp3").symlink_to(tmp_path / "nowhere.mp3")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    [source] = walk([tmp_path])
    assert Path(source.path).name == "gone.mp3"
    assert source.trouble == "no such file or directory"


def test_a_file_that_was_asked_for_is_tried_whatever_its_name(tmp_path: Path) -> None:
    assert names(touch(tmp_path / "odd.txt")) == ["odd.txt"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    touch(tmp_path / "shut" / "a.mp3")
    (tmp_path / "shut").chmod(0)
    [source] = walk([tmp_path])
    (tmp_path / "shut").chmod(0o700)
    assert source.trouble == "permission denied"


def test_a_name_that_no_cue_sheet_could_hold_is_said(tmp_path: Path) -> None:
    (tmp_path / "caf\udce9.wav").write_bytes(b"RIFF")
    [source] = walk([tmp_path])
    assert "rename" in source.trouble
