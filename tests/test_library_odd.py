"""Odd files of a music folder, and what the user sees of each: a track, one line that says why it is none, or nothing."""

import os
import shutil
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from scorer.audio import decode, ffmpeg
from scorer.cli.index import report
from scorer.library import sound as reading
from scorer.library.catalogue import list_library
from scorer.library.indexer import Summary, index_paths
from scorer.library.track import Track, printable
from tests.sounds import sound
from tests.test_library_indexer import SpectralEncoder

NINE_HOURS = 9 * 3600
SLOW = 2000  # Hz, of the nine hours
SURROUND = ("-af", "pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0")
PICTURE = ("-f", "lavfi", "-i", "testsrc=s=64x64:d=0.04", "-map", "0:a", "-map", "1:v", "-c:v")
ASF_ENCRYPTION = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")

TRACKS = {  # and their seconds
    "garbage.mp3": 12,
    "garbage without a header.mp3": 12,
    "really.mp3.flac": 6,
    "really.flac.mp3": 6,
    "really.ogg.wav": 6,
    "no suffix": 6,
    "blip.wav": 0.5,
    "nine hours.wav": NINE_HOURS,
    "8-bit.wav": 6,
    "192 kHz.flac": 6,
    "5.1.ogg": 6,
    "cover.mp3": 6,
    "cover.m4a": 6,
    "video.mp4": 6,
    "new\nline.wav": 6,
    "-dash.wav": 6,
    "concat:a.wav": 6,
    "100% #1?.wav": 6,
}
FAILURES = {  # and what is said of them
    "empty.mp3": "the file is empty",
    "shop.m4p": "protected (DRM): only its seller's player opens it",
    "shop.wma": "protected (DRM): only its seller's player opens it",
    "picture.mp3": "",  # as ffmpeg puts it
    "text.ogg": "",
    "playlist.mp3": "a playlist, which only names sounds that lie elsewhere",
    "list.wav": "a playlist, which only names sounds that lie elsewhere",
    "itself.mp3": "too many levels of symbolic links",
    "gone.mp3": "no such file or directory",
    "silence.wav": "silent: there is nothing to hear in it",
    "cut.flac": "cut short: ",
}


def nine_hours(path: Path) -> None:
    """Write a WAV file that takes almost no room on most disks, with a tone in one of thirty clips, and of three."""
    tone = (8000 * np.sin(np.arange(20 * SLOW) * 0.7)).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SLOW, NINE_HOURS * SLOW, "NONE", ""))
        file.writeframesraw(b"")
    with path.open("r+b") as opened:
        header = bytearray(opened.read(44))
        header[4:8] = (36 + NINE_HOURS * SLOW * 2).to_bytes(4, "little")
        header[40:44] = (NINE_HOURS * SLOW * 2).to_bytes(4, "little")
        opened.seek(0)
        opened.write(header)
        opened.truncate(44 + NINE_HOURS * SLOW * 2)
        for seconds in (540, NINE_HOURS // 2):
            opened.seek(44 + seconds * SLOW * 2)
            opened.write(tone)


def make_sounds(folder: Path) -> None:
    noise = np.random.default_rng(0).bytes(30_000)
    for name, options in (("garbage.mp3", ()), ("garbage without a header.mp3", ("-write_xing", "0"))):
        path = sound(folder / name, 12, *options)
        path.write_bytes(path.read_bytes() + noise + b"LYRICSBEGIN" + bytes(2000))
    for name in ("really.mp3.flac", "really.flac.mp3", "really.ogg.wav"):
        sound(folder / Path(name).stem, 6).rename(folder / name)
    sound(folder / "a.ogg", 6).rename(folder / "no suffix")
    sound(folder / "blip.wav", 0.5)
    nine_hours(folder / "nine hours.wav")
    sound(folder / "8-bit.wav", 6, "-c:a", "pcm_u8")
    sound(folder / "192 kHz.flac", 6, "-ar", "192000")
    sound(folder / "5.1.ogg", 6, *SURROUND)
    sound(folder / "cover.mp3", 6, *PICTURE, "png", "-disposition:v", "attached_pic")
    sound(folder / "cover.m4a", 6, *PICTURE, "mjpeg", "-pix_fmt", "yuvj420p", "-disposition:v", "attached_pic")
    sound(folder / "video.mp4", 6, *PICTURE, "mpeg4")
    for hz, name in enumerate(("new\nline.wav", "-dash.wav", "concat:a.wav", "100% #1?.wav"), start=500):
        sound(folder / name, 6, source=f"sine=f={hz}")


def make_failures(folder: Path, away: Path) -> None:
    (folder / "empty.mp3").touch()
    (folder / "shop.m4p").write_bytes(sound(away / "a.m4a", 6).read_bytes().replace(b"mp4a", b"drms", 1))
    wma = sound(away / "a.wma", 6).read_bytes()
    (folder / "shop.wma").write_bytes(wma[:30] + ASF_ENCRYPTION + wma[46:])
    (folder / "picture.mp3").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    (folder / "text.ogg").write_text("It was a dark and stormy night. " * 40)
    private = sound(away / "private.mp3", 6)
    (folder / "playlist.mp3").write_text(f"#EXTM3U\n#EXTINF:6,x\nfile://{private}\n#EXT-X-ENDLIST\n")
    (folder / "list.wav").write_text(f"ffconcat version 1.0\nfile '../{away.name}/private.mp3'\n")
    (folder / "itself.mp3").symlink_to(folder / "itself.mp3")
    (folder / "gone.mp3").symlink_to(folder / "nowhere.mp3")
    (folder / "back").symlink_to(folder, target_is_directory=True)
    sound(folder / "silence.wav", 12, source="anullsrc=r=16000")
    whole = sound(away / "a.flac", 60, source="anoisesrc=r=16000").read_bytes()
    (folder / "cut.flac").write_bytes(whole[: len(whole) // 2])


def make_passed_over(folder: Path) -> None:
    for name in ("cover.jpg", "all.m3u", "all.m3u8", "all.pls", "album.cue", "notes.nfo", "._garbage.mp3", "Thumbs.db"):
        (folder / name).write_bytes(b"x" * 100)
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.mp3")


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("odd")
    (home / "music").mkdir()
    (home / "away").mkdir()
    make_sounds(home / "music")
    make_failures(home / "music", home / "away")
    make_passed_over(home / "music")
    return home


@pytest.fixture(scope="module")
def indexed(odd: Path) -> tuple[Summary, dict[str, Track], dict[str, str]]:
    summary = index_paths([odd / "music"], odd / "index", SpectralEncoder(), model="default")
    tracks, failures = list_library(odd / "index")
    return summary, {Path(one.path).name: one for one in tracks}, {Path(one.path).name: one.reason for one in failures}


Indexed = tuple[Summary, dict[str, Track], dict[str, str]]


@pytest.mark.parametrize(("name", "seconds"), TRACKS.items())
def test_an_odd_file_that_can_be_heard_is_a_track(indexed: Indexed, name: str, seconds: float) -> None:
    _, tracks, failures = indexed
    assert name in tracks, failures.get(name)
    # what comes after the last frame may still look like a frame or two
    assert tracks[name].seconds == pytest.approx(seconds, abs=0.6 if "garbage" in name else 0.1)


@pytest.mark.parametrize(("name", "said"), FAILURES.items())
def test_one_that_cannot_be_is_named_with_the_reason(indexed: Indexed, name: str, said: str) -> None:
    _, tracks, failures = indexed
    assert name not in tracks
    assert failures[name].startswith(said) and failures[name].isprintable()
    assert len(failures[name]) < 200


def test_nothing_else_is_in_the_index_and_every_line_is_one_line(indexed: Indexed, odd: Path) -> None:
    summary, tracks, failures = indexed
    assert (set(tracks), set(failures)) == (set(TRACKS), set(FAILURES))
    lines = report(summary, 1.0)
    assert all(line.isprintable() for line in lines)
    assert f"not indexed: {printable(str(odd / 'music' / 'empty.mp3'))}: the file is empty" in lines
    assert lines[-1] == f"{len(TRACKS)} indexed, 0 unchanged, {len(FAILURES)} failed, 0 removed"


def test_of_nine_hours_a_few_clips_are_heard(odd: Path, tmp_path: Path) -> None:
    heard = reading.read_sound(odd / "music" / "nine hours.wav", clips_per_track=3)
    assert heard.starts == (NINE_HOURS / 2,)
    assert heard.seconds == NINE_HOURS


def test_a_name_that_is_no_text_is_named_readably(tmp_path: Path) -> None:
    tone = sound(tmp_path / "a.wav", 1)
    (tmp_path / "music").mkdir()
    try:
        shutil.move(tone, tmp_path / "music" / "caf\udce9.wav")
    except OSError:
        pytest.skip("this file system knows only names that are text")
    summary = index_paths([tmp_path / "music"], tmp_path / "index", SpectralEncoder(), model="default")
    [line] = [line for line in report(summary, 1.0) if line.startswith("not indexed")]
    assert "caf\\udce9.wav: its name is not UTF-8 text" in line and line.isprintable()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named_and_tried_again(tmp_path: Path) -> None:
    shut = sound(tmp_path / "shut.wav", 1)
    shut.chmod(0)
    summary = index_paths([tmp_path], tmp_path / "index", SpectralEncoder(), model="default")
    assert [one.reason for one in summary.failures] == ["permission denied"]
    shut.chmod(0o600)
    assert index_paths([tmp_path], tmp_path / "index", SpectralEncoder(), model="default").indexed == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_that_was_asked_for_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    summary = index_paths([tmp_path / "pipe.wav"], tmp_path / "index", SpectralEncoder(), model="default")
    assert [one.reason for one in summary.failures] == ["neither a file nor a folder"]


@pytest.mark.skipif(os.name != "posix", reason="needs a script as a program")
def test_a_decoder_that_hangs_costs_its_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "music").mkdir()
    sound(tmp_path / "music" / "a.wav", 1)
    sound(tmp_path / "music" / "b.mp3", 1, "-write_xing", "0")
    sound(tmp_path / "music" / "c.wav", 1, source="sine=f=900")
    program = tmp_path / "hangs"
    real = ffmpeg.ffmpeg_program()
    program.write_text(
        f"#!{sys.executable}\nimport os, sys, time\n"
        f"if 'c.wav' in ' '.join(sys.argv): os.execv({real!r}, [{real!r}, *sys.argv[1:]])\n"
        "time.sleep(60)\n"
    )
    program.chmod(0o755)
    for module in (decode, ffmpeg):
        monkeypatch.setattr(module, "ffmpeg_program", lambda: str(program))
    monkeypatch.setattr(decode, "STALL_S", 3.0)
    monkeypatch.setattr(ffmpeg, "PROBE_TIMEOUT_S", 3.0)
    monkeypatch.setattr("scorer.library.ledger.ffmpeg_version", lambda: "hangs")
    summary = index_paths([tmp_path / "music"], tmp_path / "index", SpectralEncoder(), model="default")
    assert (summary.indexed, [Path(one.path).name for one in summary.failures]) == (1, ["a.wav", "b.mp3"])
    assert [one.reason.split(";")[0] for one in summary.failures] == [
        "the decoder stood still for 3 s",
        "ffmpeg did not answer in 3 s",
    ]


def test_a_sound_without_an_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_S", 30.0)
    sound(tmp_path / "endless.mp3", 60, "-write_xing", "0")
    summary = index_paths([tmp_path / "endless.mp3"], tmp_path / "index", SpectralEncoder(), model="default")
    assert "still going on after" in summary.failures[0].reason
