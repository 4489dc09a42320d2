import numpy as np

from scorer.mix.limit import limited

RATE = 8000


def run(speech: np.ndarray, bed: np.ndarray, block: int = RATE) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(speech[at : at + block], bed[at : at + block]) for at in range(0, len(speech), block)]
    out = list(limited(iter(pairs), RATE))
    return np.concatenate([pair[0] for pair in out]), np.concatenate([pair[1] for pair in out])


def test_a_bed_with_room_is_not_touched() -> None:
    speech = np.full((3 * RATE, 1), 20_000, dtype=np.int16)
    bed = np.full((3 * RATE, 2), 3_000, dtype=np.float32)
    _, out = run(speech, bed)
    np.testing.assert_array_equal(out, bed)


def test_the_bed_gives_way_and_the_speech_never() -> None:
    random = np.random.default_rng(5)
    speech = np.clip(random.normal(0, 15_000, (5 * RATE + 123, 2)), -32768, 32767).astype(np.int16)
    bed = random.normal(0, 6_000, speech.shape).astype(np.float32)
    kept, out = run(speech, bed)
    np.testing.assert_array_equal(kept, speech)
    total = speech.astype(np.float64) + np.rint(out)
    assert total.max() <= 32767
    assert total.min() >= -32768


def test_giving_way_is_local_and_smooth() -> None:
    speech = np.zeros((4 * RATE, 1), dtype=np.int16)
    speech[2 * RATE] = 32767  # on a border between blocks
    bed = np.full((4 * RATE, 1), 1_000, dtype=np.float32)
    _, out = run(speech, bed)
    assert out[2 * RATE, 0] == 0
    assert np.all(out[: 2 * RATE - RATE // 5] == 1_000)
    assert np.all(out[2 * RATE + RATE // 5 :] == 1_000)
    assert np.abs(np.diff(out[:, 0])).max() <= 1_000 / (RATE / 10) * 1.01


def test_the_cut_into_blocks_does_not_matter() -> None:
    random = np.random.default_rng(6)
    speech = (random.normal(0, 12_000, (4 * RATE, 1))).clip(-32768, 32767).astype(np.int16)
    bed = random.normal(0, 8_000, speech.shape).astype(np.float32)
    np.testing.assert_allclose(run(speech, bed, RATE)[1], run(speech, bed, 4 * RATE)[1], rtol=1e-5)
