"""A render as its user sees it: chapters, interludes, presets, formats, stems, credits, what is resumed and refused."""

import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from scorer.audio.decode import decode, stream_pcm16
from scorer.audio.ffmpeg import ffmpeg_program, probe
from scorer.audio.metadata import read_metadata
from scorer.book import read_book
from scorer.cli import cli
from scorer.cues.formats import write_cues
from scorer.mix import mixer
from scorer.mix.loop import similarity
from scorer.mix.loudness import loudness, measure
from scorer.mix.truepeak import peaks
from tests.test_cli_render import cue

RATE = 44_100
CHAPTERS = ("Rain", "The Well", "Home")
SENTENCES = 6  # a chapter


def spoken(seconds: float, level: float = 0.05, channels: int = 1, rate: int = RATE) -> np.ndarray:
    """Return noise of a voice's rhythm: sentences of 3 s, pauses of a second, and one of 3 s each 15 s."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(4).normal(0, 4 * level, (len(time), channels))
    noise = np.apply_along_axis(np.convolve, 0, noise, np.full(16, 1 / 16), "same")
    speaks = ((time % 4.0) < 3.0) & ((time % 15.0) < 12.0)
    return noise * (speaks * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time)))[:, None]


def save(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """Write floats (n, channels) in any format that ffmpeg knows, by its suffix."""
    command = [ffmpeg_program(), "-loglevel", "error", "-y", "-f", "f32le", "-ar", str(rate)]
    command += ["-ac", str(samples.shape[1]), "-i", "pipe:0", "-metadata", "genre=Audiobook", str(path)]
    subprocess.run(command, input=samples.astype("<f4").tobytes(), check=True)
    return path


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a book of three chapters, a narration of 90 s and two tracks."""
    tmp_path = tmp_path_factory.mktemp("room")
    text = "\n\n".join(f"# {title}\n\n" + "The old man sat by the fire and waited. " * 5 for title in CHAPTERS)
    (tmp_path / "book.md").write_text(text, encoding="utf-8")
    save(tmp_path / "narration.wav", spoken(90))
    draw = np.random.default_rng(8)
    for name, licence in (("rain", "https://creativecommons.org/licenses/by-sa/4.0/"), ("fire", "")):
        sound = save(tmp_path / f"{name}.raw.flac", draw.normal(0, 0.1, (70 * RATE, 2)))
        tags = ["-metadata", f"title=The {name}", "-metadata", "artist=Ann Other", "-metadata", f"license={licence}"]
        target = str(tmp_path / f"{name}.ogg")
        subprocess.run(
            [ffmpeg_program(), "-loglevel", "error", "-y", "-i", str(sound), *tags, "-c:a", "libvorbis", target],
            check=True,
        )
        sound.unlink()
    assert len(read_book(tmp_path / "book.md").sentences) == 3 * SENTENCES
    return tmp_path


@pytest.fixture
def room(furnished: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder, with a cue sheet."""
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    sheet(tmp_path, "rain.ogg", "", "fire.ogg")
    return tmp_path


def sheet(room: Path, *tracks: str) -> None:
    """Write a cue sheet with a cue a chapter; '' is silence."""
    cues = [
        cue(n + 1, n * SENTENCES + 1, (n + 1) * SENTENCES, str(room / track) if track else "")
        for n, track in enumerate(tracks)
    ]
    write_cues(room / "cues.csv", cues)


def render(room: Path, *options: str, out: str = "mix.wav", narration: str = "narration.wav") -> Result:
    where = ["--narration", str(room / narration), "--cues", str(room / "cues.csv"), "-o", str(room / out)]
    return CliRunner().invoke(cli, ["render", str(room / "book.md"), "--clock", "position", *where, *options])


def figures(room: Path, *options: str, **names: str) -> dict:  # type: ignore[type-arg]
    result = render(room, "--json", *options, **names)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def pcm(path: Path, channels: int) -> np.ndarray:
    _, rate, _ = probe(path)
    return np.concatenate(list(stream_pcm16(path, sample_rate=rate, channels=channels, block_s=30.0))).astype(int)


def test_the_stems_are_the_narration_and_the_music_and_sum_up_to_the_mix(room: Path) -> None:
    assert render(room, "--stems").exit_code == 0
    mix, speech, music = (pcm(room / f"{name}.wav", n) for name, n in (("mix", 2), ("mix-speech", 1), ("mix-music", 2)))
    np.testing.assert_array_equal(speech, pcm(room / "narration.wav", 1))
    np.testing.assert_array_equal(mix, speech + music)


def test_borders_of_music_and_chapters_lie_in_pauses(room: Path) -> None:
    found = figures(room)
    assert [chapter["title"] for chapter in found["chapters"]] == list(CHAPTERS)
    for time in (found["placed"][1]["start_s"], found["chapters"][1]["start_s"], found["chapters"][2]["start_s"]):
        assert time % 4.0 >= 3.0 or time % 15.0 >= 12.0, time
    assert found["placed"][0]["end_s"] == pytest.approx(found["chapters"][0]["end_s"], abs=0.03)


def test_interludes_shift_what_follows_and_have_music(room: Path) -> None:
    plain, found = figures(room), figures(room, "--interlude", "6s", "--stems", out="slow.wav")
    assert found["seconds"] == pytest.approx(plain["seconds"] + 12.0, abs=0.01)
    edges = [chapter["end_s"] for chapter in plain["chapters"]]
    assert [chapter["end_s"] for chapter in found["chapters"]] == pytest.approx(
        [edges[0] + 6.0, edges[1] + 12.0, edges[2] + 12.0], abs=0.01
    )
    speech, music = pcm(room / "slow-speech.wav", 1), pcm(room / "slow-music.wav", 2)
    words = pcm(room / "narration.wav", 1)
    first, second = (round(edges[n] * RATE) for n in (0, 1))
    gap = 6 * RATE
    np.testing.assert_array_equal(speech[:first], words[:first])
    assert not speech[first : first + gap].any()
    np.testing.assert_array_equal(speech[first + gap : second + gap], words[first:second])
    np.testing.assert_array_equal(speech[second + 2 * gap :], words[second:])
    for start in (first, second + gap):
        middle = music[start + 2 * RATE : start + 4 * RATE]
        under = music[20 * RATE : 22 * RATE]
        assert middle.std() > 1.5 * under.std()


def test_no_music_in_pauses_and_levels_of_pauses(room: Path) -> None:
    sheet(room, "rain.ogg", "rain.ogg", "rain.ogg")
    assert render(room, "--stems", "--no-music-in-pauses", "--crossfade", "0.1").exit_code == 0
    music = np.abs(pcm(room / "mix-music.wav", 2)).max(axis=1)
    assert music[round(13.0 * RATE) : round(14.4 * RATE)].max() <= 1
    assert music[round(9.0 * RATE) : round(11.0 * RATE)].max() > 50


def test_the_podcast_preset_is_as_loud_as_asked_and_never_over_its_peak(room: Path) -> None:
    sheet(room, "rain.ogg", "rain.ogg", "fire.ogg")
    narration = spoken(90)
    narration[20 * RATE : 20 * RATE + 40] = 0.98  # a knock at the microphone
    save(room / "narration.wav", narration)
    for out in ("mix.wav", "mix.mp3", "mix.opus"):
        found = figures(room, "--preset", "podcast", out=out)
        measured = found["files"][0]
        assert measured["lufs"] == pytest.approx(-16.0, abs=0.5)
        assert measured["true_peak_db"] <= -1.0
        assert [rule["passed"] for rule in measured["rules"]] == [True, True]
    samples = decode(room / "mix.wav", sample_rate=RATE, channels=2)
    assert loudness(measure([samples], RATE, 2)) == pytest.approx(-16.0, abs=0.5)
    assert 20 * np.log10(peaks(samples, 441, 0.0).max()) <= -1.0


def test_what_encoding_takes_over_the_peak_is_encoded_again_and_told(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scorer.mix.finish.LOSSY_DB", -1.0)  # as if the encoder added two decibels
    narration = spoken(90)
    narration[20 * RATE : 20 * RATE + 40] = 0.98
    save(room / "narration.wav", narration)
    found = figures(room, "--preset", "podcast", out="mix.mp3")
    assert all(rule["passed"] for rule in found["files"][0]["rules"])
    assert "encoded again" in found["notes"][0]
    monkeypatch.setattr("scorer.cli.render.AGAIN", 0)
    found = figures(room, "--preset", "podcast", out="mix.mp3")
    assert found["files"][0]["true_peak_db"] > -1.0


def test_acx_gives_a_file_a_section_and_says_why_the_noise_floor_fails(room: Path) -> None:
    sheet(room, "rain.ogg", "rain.ogg", "rain.ogg")
    found = figures(room, "--preset", "acx", out="book")
    assert [Path(name).name for name in found["output"]] == ["1 Rain.mp3", "2 The Well.mp3", "3 Home.mp3"]
    for one in found["files"]:
        assert probe(Path(one["path"]))[1] == 44_100
        assert -23.0 <= one["rms_db"] <= -18.0
        assert one["peak_db"] <= -3.0
        verdicts = {rule["rule"]: rule["passed"] for rule in one["rules"]}
        assert not verdicts["noise floor at most -60 dB"]
        assert sum(verdicts.values()) == 3
    assert "--no-music-in-pauses" in found["notes"][0]
    quiet = figures(room, "--preset", "acx", "--no-music-in-pauses", out="quiet")
    assert all(rule["passed"] for one in quiet["files"] for rule in one["rules"])
    tags = read_metadata(room / "book" / "2 The Well.mp3").tags
    assert (tags["title"], tags["track"], tags["album"], tags["genre"]) == ("The Well", "2/3", "Rain", "Audiobook")


@pytest.mark.parametrize("name", ["mix.m4b", "mix.mp3", "mix.opus", "mix.flac", "mix.ogg"])
def test_chapters_and_tags_are_in_the_file(room: Path, name: str) -> None:
    shutil.move(room / "narration.wav", room / "plain.wav")
    command = [
        ffmpeg_program(),
        "-loglevel",
        "error",
        "-i",
        str(room / "plain.wav"),
        "-metadata",
        "artist=A; B=C \\ #1",
    ]
    subprocess.run([*command, str(room / "narration.flac")], check=True)
    found = figures(room, out=name, narration="narration.flac")
    told = read_metadata(room / name)
    assert [mark.title for mark in told.marks] == list(CHAPTERS)
    starts = [chapter["start_s"] for chapter in found["chapters"]]
    assert [mark.start_s for mark in told.marks] == pytest.approx(starts, abs=0.05)
    assert told.tags["artist"] == "A; B=C \\ #1"


def test_credits_name_the_music_and_a_track_without_a_licence_can_be_refused(room: Path) -> None:
    assert render(room).exit_code == 0
    lines = (room / "CREDITS.txt").read_text(encoding="utf-8").splitlines()
    assert '- "The rain" by Ann Other, licence: CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/)' in lines
    assert '- "The fire" by Ann Other: no licence in its tags' in lines
    refused = render(room, "--require-license", out="other.wav")
    assert refused.exit_code == 2
    assert "fire.ogg" in refused.stderr
    assert "rain.ogg" not in refused.stderr
    assert not (room / "other.wav").exists()
    (room / "CREDITS.txt").write_text("my own notes")
    kept = render(room, out="other.wav")
    assert kept.exit_code == 2
    assert "CREDITS.txt" in kept.stderr
    assert (room / "CREDITS.txt").read_text(encoding="utf-8") == "my own notes"


@pytest.fixture
def blocks_mixed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Interrupt the ninth block that is mixed, as Ctrl-C does; return the list of those that were."""
    mixed = mixer.mixed
    done: list[int] = []

    def interrupted(*arguments: object) -> bytes:
        done.append(len(done))
        if len(done) == 9:
            raise KeyboardInterrupt
        return mixed(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(mixer, "mixed", interrupted)
    return done


def test_a_stopped_render_goes_on_with_its_chapter(room: Path, blocks_mixed: list[int]) -> None:
    assert render(room).exit_code == 130
    assert not (room / "mix.wav").exists()
    assert render(room).exit_code == 0
    assert len(blocks_mixed) - 9 <= 14  # blocks of 20; the first chapter's 6 are kept
    assert render(room, out="whole.wav").exit_code == 0
    assert (room / "mix.wav").read_bytes() == (room / "whole.wav").read_bytes()
    assert not list(room.glob(".*"))


@pytest.mark.usefixtures("blocks_mixed")
def test_after_a_change_nothing_is_taken_over(room: Path) -> None:
    assert render(room).exit_code == 130
    assert render(room, "--music-level", "10").exit_code == 0
    assert render(room, "--music-level", "10", out="whole.wav").exit_code == 0
    assert (room / "mix.wav").read_bytes() == (room / "whole.wav").read_bytes()


def test_no_join_clicks(room: Path) -> None:
    """The largest step between samples at a join is no larger than anywhere within the music."""
    time = np.arange(12 * RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 220 * time)[:, None].repeat(2, axis=1)
    for name in ("a", "b"):
        save(room / f"{name}.flac", tone)
    sheet(room, "a.flac", "b.flac", "")
    assert render(room, "--stems", "--music-level", "6", "--duck", "0", "--gap-level", "0").exit_code == 0
    music = pcm(room / "mix-music.wav", 2)[:, 0]
    steps = np.abs(np.diff(music))
    limit = 2 * np.pi * 220 / RATE * np.abs(music).max()
    assert steps.max() <= 1.15 * limit + 2
    own = np.abs(music[10 * RATE : 11 * RATE]).max()
    assert np.abs(music[5 * RATE : -35 * RATE]).max() <= 1.5 * own


def test_a_narration_in_several_files_is_one(room: Path) -> None:
    words = pcm(room / "narration.wav", 1)
    parts = room / "parts"
    parts.mkdir()
    cuts = [0, 31 * RATE, 62 * RATE + 7, len(words)]
    for number, (start, end) in enumerate(itertools.pairwise(cuts), 2):
        save(parts / f"part {number * 5}.wav", words[start:end] / 32768)
    (parts / "notes.txt").write_text("not sound")
    assert render(room, "--stems", narration="parts").exit_code == 0
    np.testing.assert_array_equal(pcm(room / "mix-speech.wav", 1), words)
    cue_sheet = 'FILE "narration.wav" WAVE\n' + "".join(
        f'  TRACK {n:02d} AUDIO\n    TITLE "{title}"\n    INDEX 01 {time}\n'
        for n, (title, time) in enumerate(zip(CHAPTERS, ("00:00:00", "00:40:00", "01:05:00"), strict=True), 1)
    )
    (room / "book.cue").write_text(cue_sheet, encoding="utf-8")
    where = ["--narration", str(room / "book.cue"), "--cues", str(room / "cues.csv"), "-o", str(room / "cued.wav")]
    result = CliRunner().invoke(cli, ["render", str(room / "book.md"), *where, "--clock", "chapters", "--json"])
    found = json.loads(result.stdout)
    assert found["clock"]["source"] == "chapters"
    assert [chapter["start_s"] for chapter in found["chapters"]] == pytest.approx([0.0, 40.0, 65.0], abs=2.5)


def test_a_full_disk_leaves_nothing_under_the_final_name(room: Path) -> None:
    result = render(room, out="mix.flac")
    assert result.exit_code == 0
    size = (room / "mix.flac").stat().st_size
    assert size > 500_000
    (room / "mix.flac").unlink()
    code = (
        f"import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size // 8}, {size // 8}))\n"
        "from scorer.cli import cli; cli()"
    )
    options = ["--narration", str(room / "narration.wav"), "--cues", str(room / "cues.csv"), "--clock", "position"]
    command = [sys.executable, "-c", code, "render", str(room / "book.md"), *options, "-o", str(room / "mix.flac")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (room / "mix.flac").exists()


def preview(room: Path, *options: str, out: str = "piece.wav") -> Result:
    where = ["--narration", str(room / "narration.wav"), "--cues", str(room / "cues.csv"), "-o", str(room / out)]
    return CliRunner().invoke(cli, ["preview", str(room / "book.md"), *where, *options])


def test_a_preview_is_a_piece_of_the_mix(room: Path) -> None:
    sheet(room, "rain.ogg", "fire.ogg", "")
    assert render(room).exit_code == 0
    result = preview(room, "--at", "1:09.5", "--seconds", "20")
    assert result.exit_code == 0, result.output
    assert "cue 3: silence" in result.stderr
    assert "a guess: a preview does not listen" in result.stderr
    words = pcm(room / "narration.wav", 1)[round(69.5 * RATE) : round(89.5 * RATE)]
    np.testing.assert_array_equal(pcm(room / "piece.wav", 1), words)
    asked = preview(room, "--at", "40", "--seconds", "10", "--clock", "position")
    assert asked.exit_code == 0
    assert "a guess\n" in asked.stderr
    words = pcm(room / "narration.wav", 1)
    whole = (pcm(room / "mix.wav", 2) - words)[36 * RATE : 54 * RATE, 0].astype(np.float32)
    part = (pcm(room / "piece.wav", 2) - words[40 * RATE : 50 * RATE])[3 * RATE : 8 * RATE, 0].astype(np.float32)
    alike = similarity(part, whole)
    assert alike.max() > 0.99
    assert int(np.argmax(alike)) == 7 * RATE


@pytest.mark.parametrize(("at", "message"), [("2:00", "behind the narration's end"), ("noon", "no time such as 12:30")])
def test_a_preview_of_nowhere_is_refused(room: Path, at: str, message: str) -> None:
    result = preview(room, "--at", at)
    assert result.exit_code == 2
    assert message in result.stderr
