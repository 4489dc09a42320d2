import numpy as np

from scorer.mix.duck import RISE, Duck, duck_gains, speech_frames
from scorer.mix.loudness import FRAME_S, energy

DUCK = Duck(pause=6.0, gap=6.0)


def frames(*stretches: tuple[float, bool]) -> np.ndarray:
    return np.concatenate([np.full(round(seconds / FRAME_S), speaks) for seconds, speaks in stretches])


def gains_of(speech: np.ndarray, duck: Duck) -> np.ndarray:
    return duck_gains(speech, duck, np.zeros(len(speech), np.bool_))


def test_short_pauses_between_words_and_sentences_leave_the_bed_alone() -> None:
    speech = frames(*[(0.4, True), (0.3, False)] * 20, *[(2.0, True), (1.2, False)] * 5, (1.0, True))
    gains = gains_of(speech, DUCK)
    assert np.all(gains == 1.0)


def test_the_bed_rises_in_a_long_pause_and_is_down_before_the_next_word() -> None:
    speech = frames((3, True), (10, False), (3, True))
    gains = 20 * np.log10(gains_of(speech, DUCK))
    assert abs(gains.max() - 6.0) < 0.01
    assert np.all(gains[speech] == 0.0)
    before_the_word = round((13 - RISE.lookahead_s) / FRAME_S) + 1
    assert np.all(np.abs(gains[before_the_word : round(13 / FRAME_S)]) < 0.01)
    held = round((3 + RISE.hold_s) / FRAME_S)
    assert np.all(np.abs(gains[:held]) < 0.01)


def test_the_bed_moves_smoothly() -> None:
    speech = frames((0.5, False), (3, True), (4, False), (1, True), (2.5, False), (1, True), (30, False))
    steps = np.abs(np.diff(20 * np.log10(gains_of(speech, DUCK))))
    assert steps.max() < 6.0 * 1.6 * FRAME_S / RISE.attack_s


def test_opening_and_ending_without_speech_are_long_pauses() -> None:
    gains = gains_of(frames((5, False), (2, True), (8, False)), DUCK)
    assert gains[0] > 1.9
    assert gains[-1] > 1.9


def test_no_rise_means_no_change() -> None:
    assert np.all(gains_of(frames((3, True), (10, False)), Duck(pause=0.0, gap=0.0)) == 1.0)


def test_gaps_rise_further_than_pauses() -> None:
    speech = frames((3, True), (3.9, False), (3, True), (9, False), (3, True))
    gains = 20 * np.log10(gains_of(speech, Duck(pause=3.0, gap=9.0)))
    assert 1.0 < gains[: round(8 / FRAME_S)].max() <= 3.0
    assert abs(gains.max() - 9.0) < 0.01
    assert np.all(gains[speech] == 0.0)


def test_without_music_in_pauses_it_is_silent_there_but_not_in_interludes() -> None:
    speech = frames((3, True), (2, False), (3, True), (0.4, False), (3, True), (8, False), (3, True))
    interlude = np.zeros(len(speech), np.bool_)
    interlude[round(13 / FRAME_S) : round(18 / FRAME_S)] = True
    gains = duck_gains(speech, Duck(mute=True), interlude)
    assert np.all(gains[speech] == 1.0)
    assert gains[round(4.2 / FRAME_S)] == 0.0
    assert np.all(gains[round(8 / FRAME_S) : round(8.4 / FRAME_S)] == 1.0)
    assert gains[round(15 / FRAME_S)] == 1.0


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
