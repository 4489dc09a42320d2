import numpy as np
import pytest

from scorer.mix.fade import falling, join, rising


def test_rising_and_falling_sum_to_one_in_power() -> None:
    power = rising(-50, 600, 441) ** 2 + falling(-50, 600, 441) ** 2
    np.testing.assert_allclose(power, 1.0, atol=1e-6)


def test_fades_are_silent_and_full_outside() -> None:
    assert np.all(rising(-10, 10, 100) == 0) or rising(-10, 10, 100).max() < 0.02
    assert np.all(rising(100, 10, 100) == 1)
    assert np.all(falling(-10, 10, 100) == 1)
    assert falling(100, 10, 100).max() < 1e-6


def test_a_fade_is_the_same_however_it_is_cut() -> None:
    pieces = [rising(first, 37, 300) for first in range(0, 370, 37)]
    np.testing.assert_array_equal(np.concatenate(pieces), rising(0, 370, 300))


@pytest.mark.parametrize("alike", [0.0, 0.5, 0.95])
def test_a_join_keeps_the_power_of_related_signals(alike: float) -> None:
    random = np.random.default_rng(3)
    shared, tail, head = random.normal(0, 0.1, (3, 96_000, 1))
    tail = np.sqrt(alike) * shared + np.sqrt(1 - alike) * tail
    head = np.sqrt(alike) * shared + np.sqrt(1 - alike) * head
    joined = join(tail.astype(np.float32), head.astype(np.float32), alike)
    powers = (joined.reshape(8, -1) ** 2).mean(axis=1)
    np.testing.assert_allclose(10 * np.log10(powers / 0.01), 0.0, atol=0.25)
