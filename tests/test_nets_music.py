"""What a listener may expect of the music encoder, whatever the weights have learned."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from scorer.audio.clip import CLIP_SAMPLES, SAMPLE_RATE
from scorer.emotion import DIMENSIONS, MOODS
from scorer.errors import AudioError
from scorer.nets.music_encoder import MusicEncoder


@pytest.fixture(scope="module")
def encoder() -> Iterator[MusicEncoder]:
    # two threads that wait for each other crawl on a machine that does something else beside
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield MusicEncoder.load(device="cpu")
    torch.set_num_threads(threads)


def chord(seconds: float, rate: int, notes: tuple[float, ...] = (220.0, 261.6, 329.6)) -> np.ndarray:
    """A plucked chord twice a second."""
    time = np.arange(round(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * f * time * k) / k for f in notes for k in (1, 2, 3))
    return (0.08 * tone * np.exp(-4.0 * (time % 0.5))).astype(np.float32)


def write_wav(path: Path, samples: np.ndarray, rate: int) -> Path:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return path


def test_answers_have_the_promised_shapes_and_ranges(encoder: MusicEncoder) -> None:
    heard = encoder.encode([(chord(12.0, SAMPLE_RATE), SAMPLE_RATE), (chord(31.0, 44_100), 44_100)])
    assert heard.moods.shape == (2, len(MOODS))
    assert np.allclose(heard.moods.sum(axis=1), 1.0, atol=1e-5)
    assert heard.valence_arousal.shape == (2, 2)
    assert ((heard.valence_arousal >= 0) & (heard.valence_arousal <= 1)).all()
    assert encoder.embed([(chord(3.0, 8000), 8000)]).shape == (1, DIMENSIONS) == (1, encoder.dimensions)
    assert np.allclose(np.linalg.norm(heard.vectors, axis=1), 1.0, atol=1e-5)
    assert encoder.embed([]).shape == (0, DIMENSIONS)


@pytest.mark.parametrize("level_db", [-20.0, -30.0])
def test_a_quieter_copy_gets_the_same_vector(encoder: MusicEncoder, level_db: float) -> None:
    loud = chord(10.0, SAMPLE_RATE)
    vectors = encoder.embed([(loud, SAMPLE_RATE), (loud * 10 ** (level_db / 20), SAMPLE_RATE)])
    assert vectors[0] @ vectors[1] > 0.999


def test_stereo_and_sample_rate_change_little(encoder: MusicEncoder) -> None:
    mono = chord(20.0, 44_100)
    stereo = np.stack([mono, mono], axis=1)
    vectors = encoder.embed([(mono, 44_100), (stereo, 44_100), (chord(20.0, SAMPLE_RATE), SAMPLE_RATE)])
    assert vectors[0] @ vectors[1] > 0.9999
    assert vectors[0] @ vectors[2] > 0.99


def test_a_file_and_its_samples_agree(encoder: MusicEncoder, tmp_path: Path) -> None:
    samples = chord(26.0, 22_050)
    path = write_wav(tmp_path / "chord.wav", samples, 22_050)
    vectors = encoder.embed([path, str(path), (samples, 22_050)])
    assert (vectors[0] == vectors[1]).all()
    assert vectors[0] @ vectors[2] > 0.999


def test_a_clip_is_heard_alike_alone_and_in_company(encoder: MusicEncoder) -> None:
    clips = np.stack([chord(10.0, SAMPLE_RATE, (f, 1.5 * f)) for f in np.linspace(80.0, 800.0, 11)])
    together = encoder.encode_clips(clips)
    assert (together.moods == encoder.encode_clips(clips).moods).all()
    alone = np.concatenate([encoder.encode_clips(clip[None]).moods for clip in clips])
    assert np.allclose(together.moods, alone, atol=1e-4)


def test_a_clips_last_bit_does_not_tell_its_company(encoder: MusicEncoder) -> None:
    clips = np.random.default_rng(3).normal(0, 0.1, (8, CLIP_SAMPLES)).astype(np.float32)
    together = encoder.encode_clips(clips).vectors
    apart = [encoder.encode_clips(part).vectors for part in (clips[:2], clips[2:])]
    assert np.array_equal(together, np.concatenate(apart))


@pytest.mark.parametrize("seconds", [0.01, 1.0, 9.99, 14.0])
def test_short_sounds_are_heard(encoder: MusicEncoder, seconds: float) -> None:
    heard = encoder.encode([(chord(seconds, SAMPLE_RATE), SAMPLE_RATE)])
    assert np.isfinite(heard.vectors).all()


def test_silence_says_nothing_and_does_not_count(encoder: MusicEncoder) -> None:
    silence = np.zeros(CLIP_SAMPLES, np.float32)
    music = chord(10.0, SAMPLE_RATE)
    both = np.concatenate([silence, music])
    heard = encoder.encode([(samples, SAMPLE_RATE) for samples in (silence, both, music)])
    assert np.allclose(heard.moods[0], 1 / len(MOODS))
    assert np.allclose(heard.valence_arousal[0], 0.5)
    assert np.allclose(heard.moods[1], heard.moods[2], atol=1e-4)
    assert encoder.silent(np.stack([silence, music])).tolist() == [True, False]


def test_broken_samples_do_not_spread(encoder: MusicEncoder) -> None:
    samples = chord(10.0, SAMPLE_RATE)
    samples[5] = np.nan
    assert np.isfinite(encoder.embed([(samples, SAMPLE_RATE)])).all()


def test_nothing_to_hear_is_an_error(encoder: MusicEncoder, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="waveform"):
        encoder.embed([(np.zeros(0, np.float32), SAMPLE_RATE)])
    with pytest.raises(AudioError, match="no such file"):
        encoder.embed([tmp_path / "absent.ogg"])


def test_each_item_is_reported(encoder: MusicEncoder) -> None:
    done: list[int] = []
    encoder.encode([(chord(2.0, SAMPLE_RATE), SAMPLE_RATE)] * 3, progress=done.append)
    assert done == [1, 1, 1]


def test_real_music_sounds_like_what_people_said(encoder: MusicEncoder, shared_data: Path) -> None:
    music = shared_data / "music"
    rows = [line.split("\t") for line in (music / "labels.tsv").read_text(encoding="utf-8").splitlines()]
    clips = {q: [row[0] for row in rows if row[3] == q][:8] for q in ("Q1", "Q2", "Q3", "Q4")}
    heard = {q: encoder.encode([music / f"{name}.opus" for name in names]) for q, names in clips.items()}
    mean = {q: emotions.valence_arousal.mean(axis=0) for q, emotions in heard.items()}
    assert min(mean["Q1"][1], mean["Q2"][1]) > max(mean["Q3"][1], mean["Q4"][1]) + 0.1
    assert mean["Q1"][0] + mean["Q4"][0] > mean["Q2"][0] + mean["Q3"][0] + 0.2
    angry, tender = MOODS.index("angry"), MOODS.index("tender")
    assert heard["Q2"].moods[:, angry].mean() > 2 * heard["Q4"].moods[:, angry].mean()
    assert heard["Q4"].moods[:, tender].mean() > 2 * heard["Q2"].moods[:, tender].mean()
