"""The picture that the music network sees."""

import numpy as np
import pytest
import torch

from scorer.audio.clip import CLIP_SAMPLES, SAMPLE_RATE
from scorer.nets.mel import HOP, MELS, MelPower, level_free


def noise(seed: int) -> torch.Tensor:
    return 0.1 * torch.randn(1, CLIP_SAMPLES, generator=torch.Generator().manual_seed(seed))


def test_a_clip_becomes_a_picture_of_fixed_size() -> None:
    assert MelPower()(noise(0)).shape == (1, MELS, CLIP_SAMPLES // HOP)


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.0316, 4.0])
def test_a_gain_cancels(gain: float) -> None:
    power = MelPower()
    assert torch.allclose(level_free(power(noise(1))), level_free(power(gain * noise(1))), atol=1e-3)


def test_silence_is_finite_and_even() -> None:
    picture = level_free(MelPower()(torch.zeros(2, CLIP_SAMPLES)))
    assert torch.isfinite(picture).all()
    assert float(picture.max() - picture.min()) == 0.0


def test_a_higher_tone_lies_higher() -> None:
    time = torch.arange(CLIP_SAMPLES) / SAMPLE_RATE
    rows = [MelPower()(torch.sin(2 * np.pi * hz * time)[None]).mean(dim=2).argmax() for hz in (110.0, 880.0, 5000.0)]
    assert rows[0] < rows[1] < rows[2]
