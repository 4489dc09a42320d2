import subprocess
from pathlib import Path

import numpy as np
import pytest

from scorer.audio.clip import CLIP_SAMPLES
from scorer.audio.ffmpeg import ffmpeg_program
from scorer.errors import AudioError
from scorer.library import sound
from scorer.library.header import read_header
from scorer.library.sound import choose, clip_count, read_sound


def tone(path: Path, seconds: float, *options: str, source: str = "sine=f=330") -> Path:
    """Write a tone with ffmpeg; its options choose the format."""
    command = [ffmpeg_program(), "-v", "error", "-f", "lavfi", "-i", f"{source}:d={seconds}", *options, f"file:{path}"]
    subprocess.run(command, check=True)
    return path


def cut(path: Path, share: float = 0.5) -> Path:
    """Cut a file off."""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


def test_a_file_that_nobody_waits_for_is_given_up(tmp_path: Path) -> None:
    command = [ffmpeg_program(), "-v", "error", "-f", "lavfi", "-i", "sine=d=60:r=8000", str(tmp_path / "a.wav")]
    subprocess.run(command, check=True)
    asked: list[bool] = []

    def stopped() -> bool:
        asked.append(len(asked) == 2)
        return asked[-1]

    with pytest.raises(AudioError, match="given up, as the run was stopped"):
        read_sound(tmp_path / "a.wav", stopped=stopped)
    assert asked == [False, False, True]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp3", ()),
        ("a.flac", ()),
        ("a.ogg", ()),
        ("a.opus", ()),
        ("a.m4a", ()),
        ("a.aiff", ()),
        ("a.mka", ()),
        ("a.aac", ()),
        ("8-bit.wav", ("-c:a", "pcm_u8")),
        ("192 kHz.wav", ("-ar", "192000")),
        ("5.1.flac", ("-af", "pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0")),
        ("new\nline é 音.wav", ()),
    ],
)
def test_every_format_gives_its_clips(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    heard = read_sound(tone(tmp_path / name, 26, *options))
    assert heard.starts == (0.0, 10.0, 20.0)
    assert heard.clips.shape == (3, CLIP_SAMPLES)
    assert heard.seconds == pytest.approx(26, abs=0.1)
    assert np.abs(heard.clips).max() > 1000


def test_a_name_that_is_no_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9.wav"
    try:
        tone(tmp_path / "a.wav", 1).rename(path)
    except OSError:
        pytest.skip("this file system knows only names that are text")
    assert len(read_sound(path).clips) == 1


def test_a_stream_without_a_length_is_whole(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav", 12)
    command = [ffmpeg_program(), "-v", "error", "-i", str(tmp_path / "a.wav"), "-f", "wav", "-"]
    streamed = tmp_path / "streamed.wav"
    streamed.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    assert read_sound(streamed).seconds == pytest.approx(12, abs=0.01)


def test_cover_art_is_no_obstacle(tmp_path: Path) -> None:
    tone(tmp_path / "plain.mp3", 6)
    picture = ("-f", "lavfi", "-i", "testsrc=s=64x64:d=0.04", "-map", "0", "-map", "1", "-c:a", "copy", "-c:v", "png")
    command = [ffmpeg_program(), "-v", "error", "-i", str(tmp_path / "plain.mp3"), *picture]
    subprocess.run([*command, "-disposition:v", "attached_pic", str(tmp_path / "cover.mp3")], check=True)
    assert read_sound(tmp_path / "cover.mp3").seconds == pytest.approx(6, abs=0.1)


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.ogg", "a.opus", "a.wav", "a.aiff", "a.m4a"])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    path = cut(tone(tmp_path / name, 20))
    with pytest.raises(AudioError, match=r"cut short|invalid data"):
        read_sound(path)


def test_a_short_sound_is_repeated_to_a_whole_clip(tmp_path: Path) -> None:
    heard = read_sound(tone(tmp_path / "short.wav", 0.3))
    assert heard.seconds == pytest.approx(0.3, abs=0.01)
    [clip] = heard.clips
    np.testing.assert_array_equal(clip[:4800], clip[4800:9600])


def test_silence_is_left_out_and_only_silence_is_refused(tmp_path: Path) -> None:
    late = tone(tmp_path / "late.wav", 10, "-af", "adelay=10500")
    assert read_sound(late).starts == (10.0,)
    with pytest.raises(AudioError, match="silent"):
        read_sound(tone(tmp_path / "silence.wav", 12, source="anullsrc=r=16000"))


def test_a_longer_file_is_heard_in_evenly_spaced_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A sweep: what a clip sounds like tells where it was taken from.
    path = tone(tmp_path / "sweep.flac", 120, source="aevalsrc=0.5*sin(40*t*t)")
    streamed = read_sound(path, clips_per_track=3)
    assert streamed.starts == (20.0, 60.0, 100.0)
    monkeypatch.setattr(sound, "LONG_S", 60.0)
    sought = read_sound(path, clips_per_track=3)
    assert sought.starts == streamed.starts
    assert sought.seconds == pytest.approx(streamed.seconds)
    inside = np.s_[:, 400:-400]  # a resampler that begins here cannot know what came before
    assert np.abs(sought.clips.astype(int) - streamed.clips)[inside].max() < 40


def test_a_length_that_is_a_guess_is_measured(tmp_path: Path) -> None:
    # Quiet first frames of a variable bit rate make the guess far too long.
    path = tone(tmp_path / "vbr.mp3", 100, "-q:a", "0", "-write_xing", "0", source="aevalsrc=random(0)*gt(t\\,20)")
    heard = read_sound(path, clips_per_track=4)
    assert heard.seconds == pytest.approx(100, abs=0.2)
    assert heard.starts == (30.0, 60.0, 80.0)  # the first of the four, at 10 s, is silent


@pytest.mark.parametrize(("seconds", "count"), [(0.1, 1), (4, 1), (14.9, 1), (15, 2), (20, 2), (24.9, 2), (25, 3)])
def test_a_last_clip_needs_half_its_length(seconds: float, count: int) -> None:
    assert clip_count(seconds) == count


def test_chosen_clips_are_distinct_ascending_and_even() -> None:
    for count in range(1, 60):
        for limit in range(1, 40):
            chosen = choose(count, limit)
            assert len(chosen) == min(count, limit)
            assert chosen == sorted(set(chosen))
            assert chosen[0] >= 0 and chosen[-1] < count
            steps = np.diff(chosen)
            assert len(steps) == 0 or steps.max() - steps.min() <= 1


def test_tags_of_each_kind_are_read(tmp_path: Path) -> None:
    tags = ("-metadata", "title=Night", "-metadata", "artist=Ann", "-metadata", "album=Tales")
    for name in ("a.mp3", "a.flac", "a.ogg", "a.opus", "a.m4a", "a.aiff", "a.wma"):
        more = ("-write_id3v2", "1") if name == "a.aiff" else ()
        header = read_header(tone(tmp_path / name, 1, *tags, "-metadata", "copyright=CC0", *more))
        assert (header.title, header.artist, header.album, header.licence) == ("Night", "Ann", "Tales", "CC0 1.0"), name


def test_a_file_without_tags_is_called_by_its_name(tmp_path: Path) -> None:
    header = read_header(tone(tmp_path / "Slow Rain.wav", 1))
    assert (header.title, header.artist, header.licence) == ("Slow Rain", "", "")
