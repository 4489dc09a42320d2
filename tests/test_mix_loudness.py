import numpy as np
import pytest

from scorer.mix.loudness import SILENCE, Meter, loudness, measure


def tone(level_db: float, seconds: float, sample_rate: int, hertz: float = 997.0) -> np.ndarray:
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


@pytest.mark.parametrize("sample_rate", [48_000, 44_100, 22_050])
def test_a_full_scale_tone_in_one_channel_reads_minus_three(sample_rate: int) -> None:
    assert loudness(measure([tone(0, 5, sample_rate)[:, None]], sample_rate, 1)) == pytest.approx(-3.01, abs=0.05)


def test_a_stereo_tone_reads_its_level() -> None:
    # EBU Tech 3341, case 1: both channels at -23 dBFS read -23 LUFS, to 0.1 LU.
    stereo = np.repeat(tone(-23, 20, 48_000, 1000.0)[:, None], 2, axis=1)
    assert loudness(measure([stereo], 48_000, 2)) == pytest.approx(-23.0, abs=0.1)


def test_quiet_stretches_do_not_count() -> None:
    # EBU Tech 3341, case 3: the relative gate leaves out both ends.
    levels = [(-36, 10), (-23, 60), (-36, 10)]
    stereo = np.repeat(np.concatenate([tone(db, s, 48_000, 1000.0) for db, s in levels])[:, None], 2, axis=1)
    assert loudness(measure([stereo], 48_000, 2)) == pytest.approx(-23.0, abs=0.1)


def test_low_and_high_tones_are_weighted() -> None:
    low, high = (loudness(measure([tone(-20, 5, 48_000, hertz)[:, None]], 48_000, 1)) for hertz in (40.0, 8000.0))
    middle = loudness(measure([tone(-20, 5, 48_000)[:, None]], 48_000, 1))
    assert low < middle - 5
    assert high == pytest.approx(middle + 3.3, abs=0.3)


def test_the_cut_into_blocks_does_not_matter() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (50_001, 2)).astype(np.float32)
    whole = measure([noise], 16_000, 2)
    meter = Meter(16_000, 2)
    for block in np.split(noise, [1, 700, 701, 20_000]):
        meter.push(block)
    np.testing.assert_allclose(meter.finish(), whole, rtol=1e-5)
    assert len(whole) == 50_001 // 320 + 1


def test_silence_has_no_loudness() -> None:
    assert loudness(measure([np.zeros((16_000, 1), dtype=np.float32)], 16_000, 1)) == SILENCE
    assert loudness(measure([], 16_000, 1)) == SILENCE


def test_only_the_chosen_frames_count() -> None:
    sound = np.concatenate([tone(-10, 4, 16_000), tone(-30, 4, 16_000)])[:, None]
    energies = measure([sound], 16_000, 1)
    second = np.arange(len(energies)) >= 220  # no gating block that is mostly in it reaches back to the louder tone
    assert loudness(energies, second) == pytest.approx(-33.0, abs=0.3)
