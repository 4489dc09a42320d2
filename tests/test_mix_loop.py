import wave
from pathlib import Path

import numpy as np
import pytest

from scorer.errors import AudioError
from scorer.mix.loop import find_loop, play, similarity
from scorer.mix.track import Reel, Track, measure_track

RATE = 16_000


def write(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[1] if samples.ndim > 1 else 1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return path


def music(seconds: float, hertz: float = 220.0) -> np.ndarray:
    """Return a chord with a beat every half second, which repeats itself every two seconds."""
    time = np.arange(round(seconds * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * hertz * ratio * time) for ratio in (1.0, 1.25, 1.5)) / 3
    return 0.4 * chord * (0.6 + 0.4 * np.cos(2 * np.pi * time / 0.5))


def measured(path: Path, channels: int = 1) -> Track:
    return measure_track(path, sample_rate=RATE, channels=channels, until=10**9)


def looped(path: Path, seconds: float) -> np.ndarray:
    track = measured(path)
    opening, ending = track.audible()
    reel = Reel(track, track.length, again=True)
    samples = play(reel, opening, track.length, find_loop(reel, opening, ending, RATE))
    pieces: list[np.ndarray] = []
    while sum(map(len, pieces)) < seconds * RATE:
        pieces.append(next(samples))
    samples.close()
    return np.concatenate(pieces)[: round(seconds * RATE), 0]


def test_similarity_finds_a_shifted_copy() -> None:
    noise = np.random.default_rng(2).normal(0, 1, 5000).astype(np.float32)
    alike = similarity(0.3 * noise[1234:2234], noise)
    assert int(alike.argmax()) == 1234
    assert alike[1234] == pytest.approx(1.0, abs=1e-4)
    assert len(alike) == 4001


def test_a_loop_has_no_click_and_no_jump_in_level(tmp_path: Path) -> None:
    sound = music(10.3)
    heard = looped(write(tmp_path / "track.wav", sound), 60)
    assert len(heard) == 60 * RATE
    assert np.abs(np.diff(heard)).max() <= 1.05 * np.abs(np.diff(sound)).max()
    bars = (heard[: 58 * RATE].reshape(-1, 2 * RATE) ** 2).mean(axis=1)
    assert np.ptp(10 * np.log10(bars)) < 1.5


def test_unrelated_ends_keep_their_power_through_the_seam(tmp_path: Path) -> None:
    noise = np.random.default_rng(4).normal(0, 0.1, 12 * RATE)
    heard = looped(write(tmp_path / "noise.wav", noise), 60)
    seconds = (heard.reshape(-1, RATE) ** 2).mean(axis=1)
    assert np.ptp(10 * np.log10(seconds)) < 1.0


def test_silence_at_both_ends_is_left_out_of_the_loop(tmp_path: Path) -> None:
    padded = np.concatenate([np.zeros(3 * RATE), music(8), np.zeros(4 * RATE)])
    path = write(tmp_path / "padded.wav", padded)
    opening, ending = measured(path).audible()
    assert opening / RATE == pytest.approx(3.0, abs=0.3)
    assert ending / RATE == pytest.approx(11.0, abs=0.3)
    heard = looped(path, 50)[RATE:]
    assert (heard[: 48 * RATE].reshape(-1, RATE) ** 2).mean(axis=1).min() > 0.25 * (music(8) ** 2).mean()


def test_a_fade_out_is_left_out_of_the_loop(tmp_path: Path) -> None:
    sound = music(20)
    sound[12 * RATE :] *= np.linspace(1, 0, 8 * RATE) ** 2
    heard = looped(write(tmp_path / "fades.wav", sound), 60)
    bars = 10 * np.log10((heard.reshape(-1, 2 * RATE) ** 2).mean(axis=1))
    assert bars.min() > np.median(bars) - 13


def test_a_long_track_is_read_from_the_file_as_a_short_one_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "track.wav", music(25))
    in_memory = looped(path, 40)
    monkeypatch.setattr("scorer.mix.track.KEEP_BYTES", 0)
    np.testing.assert_array_equal(looped(path, 40), in_memory)


@pytest.mark.parametrize("seconds", [0.0, 0.2])
def test_a_track_with_nothing_to_hear_is_refused(tmp_path: Path, seconds: float) -> None:
    path = write(tmp_path / "nothing.wav", np.concatenate([music(seconds), np.zeros(5 * RATE)]))
    with pytest.raises(AudioError, match="no music in it"):
        measured(path)


def test_a_track_is_decoded_no_further_than_needed(tmp_path: Path) -> None:
    path = write(tmp_path / "long.wav", music(60))
    track = measure_track(path, sample_rate=RATE, channels=1, until=15 * RATE)
    assert not track.ended
    assert track.length < 30 * RATE


def test_a_soft_opening_is_no_silence(tmp_path: Path) -> None:
    swells = music(20) * np.repeat([0.05, 1.0], 10 * RATE)
    opening, _ = measured(write(tmp_path / "swells.wav", swells)).audible()
    assert opening == 0
