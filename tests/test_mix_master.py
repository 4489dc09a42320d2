"""Loudness measured and set: reference signals of the ITU and the EBU, peaks between samples, limiting."""

import numpy as np
import pytest

from scorer.mix.loudness import FRAME_S
from scorer.mix.master import limited_frames, mastered
from scorer.mix.measure import Measured, coverage, loudness_range, measure_file, noise_floor_db, rms_db, speech_to_music
from scorer.mix.preset import PRESETS
from scorer.mix.truepeak import peaks

RATE = 48_000


def sine(seconds: float, db: float, hz: float = 1000.0, channels: int = 2, phase: float = 0.0) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return (10 ** (db / 20) * np.sin(2 * np.pi * hz * time + phase))[:, None].repeat(channels, axis=1)


def measured(samples: np.ndarray) -> Measured:
    pcm = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
    speech = np.ones(round(len(samples) / RATE / FRAME_S), np.bool_)
    return measure_file([pcm[i : i + 100_000] for i in range(0, len(pcm), 100_000)], RATE, pcm.shape[1], speech)


@pytest.mark.parametrize(
    ("levels", "lufs"),
    [  # EBU Tech 3341, tests 1 to 5: 1 kHz in both channels, in dB of full scale, for so many seconds
        ([(-23.0, 20)], -23.0),
        ([(-33.0, 20)], -33.0),
        ([(-36.0, 10), (-23.0, 60), (-36.0, 10)], -23.0),
        ([(-72.0, 10), (-36.0, 10), (-23.0, 60), (-36.0, 10), (-72.0, 10)], -23.0),
        ([(-26.0, 20), (-20.0, 20.1), (-26.0, 20)], -23.0),
    ],
)
def test_loudness_of_the_ebus_signals(levels: list[tuple[float, float]], lufs: float) -> None:
    found = measured(np.concatenate([sine(seconds, db) for db, seconds in levels]))
    assert found.lufs == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize(
    ("levels", "lu"),
    [  # EBU Tech 3342, tests 1 to 4: 20 s each
        ((-20.0, -30.0), 10.0),
        ((-20.0, -15.0), 5.0),
        ((-40.0, -20.0), 20.0),
        ((-50.0, -35.0, -20.0, -35.0, -50.0), 15.0),
    ],
)
def test_loudness_range_of_the_ebus_signals(levels: tuple[float, ...], lu: float) -> None:
    found = measured(np.concatenate([sine(20.0, db) for db in levels]))
    assert found.loudness_range_lu == pytest.approx(lu, abs=1.0)  # the tolerance of Tech 3342


@pytest.mark.parametrize(
    ("hz", "phase", "db"),
    [(12_000.0, np.pi / 4, -6.0), (12_000.0, 0.0, -6.0), (8_000.0, np.pi / 3, -3.0), (6_000.0, 0.1, -1.0)],
)
def test_true_peaks_lie_between_samples(hz: float, phase: float, db: float) -> None:
    """EBU Tech 3341, tests 15 to 19: within +0.2 and -0.4 dB."""
    fade = np.clip(np.arange(2 * RATE) / RATE, 0.0, 1.0) * np.clip(2.0 - np.arange(2 * RATE) / RATE, 0.0, 0.5) * 2
    found = measured(sine(2.0, db, hz, phase=phase) * np.minimum(fade, 1.0)[:, None])
    assert db - 0.4 <= found.true_peak_db <= db + 0.2
    assert found.peak_db <= found.true_peak_db


def test_rms_is_that_of_all_samples_and_the_noise_floor_that_of_pauses() -> None:
    assert measured(sine(2.0, -10.0)).rms_db == pytest.approx(-13.01, abs=0.02)
    speech = np.zeros(1000, np.bool_)
    speech[:500] = True
    squares = np.where(speech, 1e-2, 1e-7).astype(np.float32)
    assert rms_db(squares) == pytest.approx(-23.0, abs=0.1)
    assert noise_floor_db(squares, speech) == pytest.approx(-70.0, abs=0.1)
    assert noise_floor_db(squares[:500], speech[:500]) is None
    assert loudness_range(np.zeros(10, np.float32)) == 0.0


def test_speech_over_music_and_coverage() -> None:
    spoken = np.ones(3000, np.bool_)
    speech, bed = np.full(3000, 1e-2, np.float32), np.full(3000, 1e-4, np.float32)
    bed[1500:2000] = 1e-3
    bed[2500:] = 0.0
    least, median = speech_to_music(speech, bed, spoken) or (0.0, 0.0)
    assert least == pytest.approx(10.0, abs=0.1)
    assert median == pytest.approx(20.0, abs=0.1)
    assert coverage(bed) == pytest.approx(2500 / 3000, abs=0.01)
    assert speech_to_music(speech, np.zeros(3000, np.float32), spoken) is None


def loud(seconds: float) -> np.ndarray:
    """Return 16-bit samples that go over full scale when they are raised."""
    draw = np.random.default_rng(5)
    noise = np.convolve(draw.normal(0, 12_000, round(seconds * RATE)), np.full(6, 1 / 6), "same")
    bursts = np.repeat(draw.uniform(0.05, 2.5, round(seconds * 10)), RATE // 10)
    return np.clip(np.stack([noise * bursts, 0.8 * noise * bursts], axis=1), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("ceiling", [-1.0, -3.0, -9.0])
@pytest.mark.parametrize("size", [5 * RATE, 4800, 333])
def test_no_true_peak_passes_the_ceiling_however_the_blocks_fall(ceiling: float, size: int) -> None:
    samples = loud(6.0)
    blocks = [samples[i : i + size] for i in range(0, len(samples), size)]
    out = np.concatenate(list(mastered(blocks, RATE, 9.0, ceiling)))
    assert out.shape == samples.shape
    assert 20 * np.log10(peaks(out / np.float32(32768), 480, 0.0).max()) <= ceiling
    whole = np.concatenate(list(mastered([samples], RATE, 9.0, ceiling)))
    np.testing.assert_array_equal(out, whole)


def test_what_is_under_the_ceiling_is_only_raised() -> None:
    samples = (loud(3.0) // 16).astype(np.int16)
    out = np.concatenate(list(mastered([samples], RATE, 6.0, -1.0)))
    np.testing.assert_allclose(out, samples * 10 ** (6 / 20), atol=0.51)
    np.testing.assert_array_equal(np.concatenate(list(mastered([samples], RATE, 0.0, -1.0))), samples)


def test_a_limited_peak_leaves_no_click() -> None:
    samples = (sine(1.0, -12.0, 300.0) * 32768).astype(np.int16)
    samples[RATE // 2 : RATE // 2 + 30] = 32_000
    out = np.concatenate(list(mastered([samples], RATE, 3.0, -6.0))).astype(float)[:, 0]
    steps = np.abs(np.diff(out))
    around = np.concatenate([steps[RATE // 2 - 480 : RATE // 2 - 5], steps[RATE // 2 + 40 : RATE // 2 + 480]])
    assert around.max() < 1.1 * steps[1000:10_000].max()
    far = slice(RATE // 2 + RATE // 3, None)
    np.testing.assert_allclose(out[far], samples[far, 0] * 10 ** (3 / 20), atol=1.0)


def test_the_estimate_of_limiting_is_near_what_is_limited() -> None:
    samples = loud(6.0)
    frames = np.abs(samples / 32768).max(axis=1).reshape(-1, round(FRAME_S * RATE)).max(axis=1)
    out = np.concatenate(list(mastered([samples], RATE, 6.0, -1.0)))
    before, after = (np.square(x / 32768.0).mean(axis=1).reshape(len(frames), -1).mean(axis=1) for x in (samples, out))
    told = before * 10 ** ((6.0 + limited_frames(frames.astype(np.float32), 6.0, -1.0)) / 10)
    assert rms_db(told.astype(np.float32)) == pytest.approx(rms_db(after.astype(np.float32)), abs=0.5)


def test_rules_pass_and_fail_where_they_should() -> None:
    good = Measured(600.0, -16.2, 5.0, -1.2, -1.3, -20.0, -70.0)
    assert all(rule.passed for rule in PRESETS["podcast"].rules(good, 2))
    assert not all(rule.passed for rule in PRESETS["podcast"].rules(good, 1))  # mono wants -19
    assert [rule.passed for rule in PRESETS["acx"].rules(good, 1)] == [True, False, True, True]
    long = Measured(7500.0, -16.2, 5.0, -3.2, -3.3, -25.0, -50.0)
    assert [rule.passed for rule in PRESETS["acx"].rules(long, 1)] == [False, True, False, False]
