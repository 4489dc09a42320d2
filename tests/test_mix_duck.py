import numpy as np

from scorer.mix.duck import Duck, duck_gains, speech_frames
from scorer.mix.loudness import FRAME_S, energy

DUCK = Duck(rise=6.0)


def frames(*stretches: tuple[float, bool]) -> np.ndarray:
    return np.concatenate([np.full(round(seconds / FRAME_S), speaks) for seconds, speaks in stretches])


def test_short_pauses_between_words_and_sentences_leave_the_bed_alone() -> None:
    speech = frames(*[(0.4, True), (0.3, False)] * 20, *[(2.0, True), (1.2, False)] * 5, (1.0, True))
    gains = duck_gains(speech, DUCK)
    assert np.all(gains == 1.0)


def test_the_bed_rises_in_a_long_pause_and_is_down_before_the_next_word() -> None:
    speech = frames((3, True), (10, False), (3, True))
    gains = 20 * np.log10(duck_gains(speech, DUCK))
    assert abs(gains.max() - 6.0) < 0.01
    assert np.all(gains[speech] == 0.0)
    before_the_word = round((13 - DUCK.lookahead_s) / FRAME_S) + 1
    assert np.all(np.abs(gains[before_the_word : round(13 / FRAME_S)]) < 0.01)
    held = round((3 + DUCK.hold_s) / FRAME_S)
    assert np.all(np.abs(gains[:held]) < 0.01)


def test_the_bed_moves_smoothly() -> None:
    speech = frames((0.5, False), (3, True), (4, False), (1, True), (2.5, False), (1, True), (30, False))
    steps = np.abs(np.diff(20 * np.log10(duck_gains(speech, DUCK))))
    assert steps.max() < 6.0 * 1.6 * FRAME_S / DUCK.attack_s


def test_opening_and_ending_without_speech_are_long_pauses() -> None:
    gains = duck_gains(frames((5, False), (2, True), (8, False)), DUCK)
    assert gains[0] > 1.9
    assert gains[-1] > 1.9


def test_no_rise_means_no_change() -> None:
    assert np.all(duck_gains(frames((3, True), (10, False)), Duck(rise=0.0)) == 1.0)


def test_speech_is_told_from_room_tone_and_clicks() -> None:
    energies = np.full(1000, energy(-60.0), dtype=np.float32)
    energies[100:400] = energy(-20.0)
    energies[500:700] = energy(-35.0)
    energies[800] = energy(-25.0)
    speech = speech_frames(energies)
    assert speech[105:395].all()
    assert speech[505:695].all()
    assert not speech[:90].any()
    assert not speech[410:490].any()
    assert not speech[780:].any()
