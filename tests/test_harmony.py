"""Harmony is heard alike in any key and at any level, and major apart from minor."""

import torch
from torch import Tensor

from scorer.audio.clip import CLIP_SAMPLES, SAMPLE_RATE
from scorer.nets.harmony import HARMONY, Harmony

MAJOR_FIT, MINOR_FIT, BRIGHTER = 0, 1, 19
CADENCE = {
    "major": ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)),
    "minor": ((0, 3, 7), (5, 8, 12), (7, 10, 14), (0, 3, 7)),
}


def played(mode: str, tonic: float) -> Tensor:
    """A cadence of five decaying partials a note, from the MIDI pitch `tonic`."""
    length = CLIP_SAMPLES // 4
    time = torch.arange(length) / SAMPLE_RATE
    chords = []
    for chord in CADENCE[mode]:
        hertz = [440.0 * 2.0 ** ((tonic + step - 69.0) / 12.0) for step in chord]
        notes = [torch.sin(2 * torch.pi * f * k * time) / k**2 for f in hertz for k in range(1, 6)]
        chords.append(torch.stack(notes).sum(dim=0) * torch.exp(-time))
    return 0.1 * torch.cat(chords)


def test_any_key_and_any_level_is_heard_alike() -> None:
    clips = torch.stack([played("minor", 57.0), played("minor", 62.0), 0.01 * played("minor", 57.0)])
    home, higher, softer = Harmony()(clips)
    other = Harmony()(played("major", 57.0)[None])[0]
    assert torch.allclose(home, softer, atol=1e-4)
    assert (home - higher).abs().max() < 0.5 * (home - other).abs().max()


def test_major_is_told_from_minor() -> None:
    bright, dark = Harmony()(torch.stack([played("major", 60.0), played("minor", 60.0)]))
    assert bright[BRIGHTER] > 0.9
    assert dark[BRIGHTER] < 0.6
    assert bright[MAJOR_FIT] - bright[MINOR_FIT] > dark[MAJOR_FIT] - dark[MINOR_FIT]


def test_silence_has_no_harmony_and_noise_a_finite_one() -> None:
    silent, noise = Harmony()(torch.stack([torch.zeros(CLIP_SAMPLES), torch.randn(CLIP_SAMPLES)]))
    assert silent.tolist() == [0.0] * HARMONY
    assert torch.isfinite(noise).all()
    assert noise.any()
