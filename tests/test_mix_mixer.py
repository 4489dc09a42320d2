import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scorer.audio.decode import stream_pcm16
from scorer.audio.recording import open_recording
from scorer.cues.cue import Cue
from scorer.errors import AudioError
from scorer.mix.duck import Duck
from scorer.mix.finish import Output, finish, raised_by
from scorer.mix.layout import Layout, Section
from scorer.mix.loudness import loudness, measure
from scorer.mix.mixer import mix_pieces
from scorer.mix.narration import read_narration
from scorer.mix.piece import Pieces
from scorer.mix.plan import MixSettings, Plan, plan_mix

RATE = 16_000
STEADY = MixSettings(duck=Duck(pause=0.0, gap=0.0))


def cue(number: int, start_s: float, end_s: float, track: Path | str, track_start_s: float = 0.0) -> Cue:
    return Cue(
        cue=number,
        chapter=1,
        chapter_title="One",
        first_sentence=number,
        last_sentence=number,
        start_s=start_s,
        end_s=end_s,
        track=str(track),
        track_start_s=track_start_s,
        mood="sad",
        valence=0.5,
        arousal=0.5,
        score=0.9,
        margin=0.1,
        alternatives=(),
        excerpt="",
    )


def write(path: Path, samples: np.ndarray, sample_rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        out.writeframes(samples.astype("<i2").tobytes())
    return path


def speech(seconds: float, channels: int = 1, level: float = 3000.0, sample_rate: int = RATE) -> np.ndarray:
    """Return noise that comes and goes as syllables and sentences do, 16-bit (n, channels)."""
    count = round(seconds * sample_rate)
    time = np.arange(count) / sample_rate
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * time)
    sentences = (time % 5.0) < 4.4
    noise = np.random.default_rng(7).normal(0, level, (count, channels))
    return np.clip(noise * (syllables * sentences)[:, None], -32768, 32767).astype(np.int16)


def music(seconds: float, channels: int = 2, level: float = 8000.0) -> np.ndarray:
    return np.random.default_rng(8).normal(0, level, (round(seconds * RATE), channels)).clip(-32768, 32767)


def pcm(path: Path, channels: int, sample_rate: int = RATE) -> np.ndarray:
    return np.concatenate(list(stream_pcm16(path, sample_rate=sample_rate, channels=channels, block_s=30.0)))


def planned(narration: Path, cues: Sequence[Cue], settings: MixSettings = STEADY) -> Plan:
    heard = read_narration(open_recording(narration), lambda _: None)
    sections = (Section("One", 0, heard.length, 1.0),)
    return plan_mix(Layout(heard, tuple(cues), {}, sections, heard.length), settings, lambda _: None)


def mix(narration: Path, cues: Sequence[Cue], out: Path, settings: MixSettings = STEADY) -> float:
    return written(planned(narration, cues, settings), out)


def written(plan: Plan, out: Path, *, preset: str | None = None) -> float:
    """Mix and write; return the bed's loudness under speech."""
    pieces = Pieces(out, plan.key(), stems=False)
    made = mix_pieces(plan, pieces, lambda _: None)
    output = Output(out, out.suffix, preset, False, False, {}, None)
    finish(plan, made, output, raised_by(plan, made, output), lambda _: None)
    pieces.remove()
    bed = made[0].bed
    return loudness(bed, plan.speech[: len(bed)]) if plan.voices else -np.inf


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("sample_rate", [16_000, 22_050, 11_025])
def test_with_silence_throughout_the_wav_is_the_narration(tmp_path: Path, channels: int, sample_rate: int) -> None:
    words = speech(41.2347, channels, sample_rate=sample_rate)
    words[0], words[-1] = -32768, 32767
    narration = write(tmp_path / "n.wav", words, sample_rate)
    bed = mix(narration, [cue(1, 0, 30, ""), cue(2, 30, 41.2347, "")], tmp_path / "out.wav")
    assert bed == -np.inf
    np.testing.assert_array_equal(pcm(tmp_path / "out.wav", channels, sample_rate), words)


@pytest.mark.parametrize(("channels", "of_music", "expected"), [(1, 1, 1), (1, 2, 2), (2, 1, 2), (2, 2, 2), (6, 2, 6)])
def test_every_sample_of_the_narration_is_at_its_place(
    tmp_path: Path, channels: int, of_music: int, expected: int
) -> None:
    words = speech(32.01, channels)
    narration = write(tmp_path / "n.wav", words)
    track = write(tmp_path / "m.wav", music(50, of_music))
    bed_lufs = mix(narration, [cue(1, 0, 20, track), cue(2, 20, 32.01, "")], tmp_path / "out.wav")
    out = pcm(tmp_path / "out.wav", expected).astype(int)
    assert len(out) == len(words)
    silent = slice(20 * RATE, None)
    np.testing.assert_array_equal(out[silent], np.broadcast_to(words[silent], out[silent].shape))
    bed = out - words
    assert np.abs(bed[5 * RATE : 15 * RATE, : min(2, expected)]).max() > 0
    energies = measure([(bed[4 * RATE : 16 * RATE] / 32768).astype(np.float32)], RATE, expected)
    assert loudness(energies) == pytest.approx(bed_lufs, abs=1.0)


@pytest.mark.parametrize("below", [20.0, 12.0])
@pytest.mark.parametrize("level", [600.0, 12_000.0])
def test_the_bed_lies_as_far_below_the_speech_as_asked(tmp_path: Path, below: float, level: float) -> None:
    words = speech(60)
    narration = write(tmp_path / "n.wav", words)
    track = write(tmp_path / "m.wav", music(70, 2, level))
    bed_lufs = mix(narration, [cue(1, 0, 60, track)], tmp_path / "out.wav", replace(STEADY, below=below))
    bed = (pcm(tmp_path / "out.wav", 2).astype(int) - words) / 32768
    of_bed = loudness(measure([bed[4 * RATE : -4 * RATE].astype(np.float32)], RATE, 2))
    doubled = np.repeat(words / 32768, 2, axis=1).astype(np.float32)
    of_speech = loudness(measure([doubled], RATE, 2))
    assert of_speech - of_bed == pytest.approx(below, abs=0.3)
    assert of_bed == pytest.approx(bed_lufs, abs=0.3)


def test_cues_cross_over_at_constant_power_and_the_ends_fade(tmp_path: Path) -> None:
    narration = write(tmp_path / "n.wav", speech(60))
    first, second = write(tmp_path / "a.wav", music(70)), write(tmp_path / "b.wav", music(70)[::-1])
    mix(narration, [cue(1, 0, 30, first), cue(2, 30, 60, second)], tmp_path / "out.wav")
    bed = pcm(tmp_path / "out.wav", 2).astype(int) - pcm(narration, 1)
    powers = 10 * np.log10((bed.reshape(-1, RATE // 2 * 2) ** 2).mean(axis=1) + 1e-9)
    assert np.ptp(powers[6:-6]) < 0.8
    assert powers[0] < powers[10] - 3
    assert powers[-1] < powers[10] - 3
    assert np.abs(bed[:20]).max() <= 3
    assert np.abs(bed[-20:]).max() <= 3


def test_music_next_to_silence_fades_inside_its_own_cue(tmp_path: Path) -> None:
    narration = write(tmp_path / "n.wav", speech(60))
    track = write(tmp_path / "m.wav", music(20))
    mix(narration, [cue(1, 0, 20, ""), cue(2, 20, 40, track), cue(3, 40, 60, "")], tmp_path / "out.wav")
    bed = np.abs(pcm(tmp_path / "out.wav", 2).astype(int) - pcm(narration, 1)).max(axis=1)
    assert not bed[: 20 * RATE].any()
    assert not bed[40 * RATE :].any()
    assert bed[23 * RATE : 37 * RATE].reshape(-1, RATE).max(axis=1).min() > 0


def test_the_track_starts_where_the_cue_says(tmp_path: Path) -> None:
    narration = write(tmp_path / "n.wav", speech(20))
    sound = music(60)
    track = write(tmp_path / "m.wav", sound)
    mix(narration, [cue(1, 0, 20, track, 17.5)], tmp_path / "out.wav")
    bed = (pcm(tmp_path / "out.wav", 2).astype(int) - pcm(narration, 1))[5 * RATE : 6 * RATE, 0]
    expected = sound[round(22.5 * RATE) : round(23.5 * RATE), 0]
    assert np.corrcoef(bed, expected)[0, 1] > 0.99


def test_cues_shorter_than_the_crossfade_are_mixed(tmp_path: Path) -> None:
    narration = write(tmp_path / "n.wav", speech(12))
    tracks = [write(tmp_path / f"{n}.wav", music(5 + n)) for n in range(4)]
    borders = [0.0, 0.5, 0.5, 2.0, 12.0]
    cues = [cue(n + 1, borders[n], borders[n + 1], tracks[n]) for n in range(4)]
    mix(narration, cues, tmp_path / "out.wav")
    assert len(pcm(tmp_path / "out.wav", 2)) == 12 * RATE


def test_loud_speech_is_never_clipped_or_lowered(tmp_path: Path) -> None:
    words = speech(20, 1, 14_000.0)
    narration = write(tmp_path / "n.wav", words)
    track = write(tmp_path / "m.wav", music(30))
    mix(narration, [cue(1, 0, 20, track)], tmp_path / "out.wav", replace(STEADY, below=3.0))
    out = pcm(tmp_path / "out.wav", 2).astype(int)
    bed = out - words
    full = np.abs(words.astype(int)[:, 0]) >= 32767
    assert full.sum() > 100
    assert np.abs(out[~full]).max() < 32767
    assert (bed[full] * np.sign(words[full].astype(int))).max() <= 0


def test_a_track_that_cannot_be_played_leaves_its_cue_silent(tmp_path: Path) -> None:
    narration = write(tmp_path / "n.wav", speech(30))
    track = write(tmp_path / "m.wav", music(40))
    (tmp_path / "broken.mp3").write_text("this is no music")
    cues = [cue(1, 0, 10, track), cue(2, 10, 20, tmp_path / "gone.ogg"), cue(3, 20, 30, tmp_path / "broken.mp3")]
    plan = planned(narration, cues)
    assert [one.cue for one in plan.unheard] == [2, 3]
    assert "no such file" in plan.unheard[0].reason
    written(plan, tmp_path / "out.wav")
    bed = pcm(tmp_path / "out.wav", 2).astype(int) - pcm(narration, 1)
    assert bed[: 10 * RATE].any()
    assert not bed[10 * RATE :].any()


def test_a_sheet_none_of_whose_tracks_is_there_is_an_error(tmp_path: Path) -> None:
    narration = write(tmp_path / "n.wav", speech(10))
    with pytest.raises(AudioError, match=r"none of the cue sheet's tracks .* cue 1: .*gone\.ogg: no such file"):
        planned(narration, [cue(1, 0, 10, tmp_path / "gone.ogg")])


def test_a_silent_narration_is_an_error(tmp_path: Path) -> None:
    narration = write(tmp_path / "n.wav", np.zeros((RATE, 1)))
    with pytest.raises(AudioError, match="silent"):
        read_narration(open_recording(narration), lambda _: None)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".ogg", ".opus"])
def test_every_format_is_written(tmp_path: Path, suffix: str) -> None:
    words = speech(10)
    narration = write(tmp_path / "n.wav", words)
    track = write(tmp_path / "m.wav", music(20))
    out = tmp_path / f"out{suffix}"
    mix(narration, [cue(1, 0, 10, track)], out)
    decoded = pcm(out, 2)
    assert abs(len(decoded) - len(words)) <= (0 if suffix in (".wav", ".flac") else 2000)
    assert np.corrcoef(decoded[: 9 * RATE, 0], words[: 9 * RATE, 0])[0, 1] > 0.5


def test_mixing_twice_gives_the_same_file(tmp_path: Path) -> None:
    narration = write(tmp_path / "n.wav", speech(25))
    track = write(tmp_path / "m.wav", music(7))
    for name in ("a.wav", "b.wav"):
        mix(narration, [cue(1, 0, 25, track)], tmp_path / name, MixSettings())
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
