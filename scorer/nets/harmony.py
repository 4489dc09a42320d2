"""What is heard of a clip's harmony: how major, how minor, which steps of its scale and which chords sound.

A mel picture cannot tell a major third from a minor one in the bass, where its bands are wider than a semitone; yet
listeners call a mode happy or sad. Nothing here is learned. Chroma are those of Ellis (2007, "Chroma feature analysis
and synthesis"); keys are found by their correlation with the profiles of Krumhansl and Kessler (1982).
"""

from typing import Final

import torch
from torch import Tensor, nn

from scorer.audio.clip import SAMPLE_RATE

WINDOW: Final = 4096  # samples, 256 ms: bins 4 Hz apart part the semitones from the second octave up
HOP: Final = 2048
CLASSES: Final = 12
HARMONY: Final = 27  # what is said of a clip
CENTRE_HZ: Final = 880.0  # the middle of the pitches that count,
OCTAVES: Final = 2.0  # and their deviation
GAIN: Final = 10.0  # of chroma, of which the mean over a clip is 1, before their logarithm
QUIETEST: Final = 1e-9  # energy of chroma under which a frame is silent
MAJOR: Final = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR: Final = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
TRIADS: Final = ((0, 4, 7), (0, 3, 7), (0, 3, 6))  # major, minor, diminished


class Harmony(nn.Module):
    """16 kHz mono clips to features of their harmony, the same at any level and, but for the register, in any key."""

    window: Tensor
    bands: Tensor
    profiles: Tensor
    triads: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)
        self.register_buffer("bands", _bands(), persistent=False)
        self.register_buffer("profiles", torch.stack([_rotations(MAJOR), _rotations(MINOR)]), persistent=False)
        self.register_buffer("triads", torch.stack([_chords(steps) for steps in TRIADS]), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """Map clips (n, s), s > WINDOW, in [-1, 1], to features (n, HARMONY); those of a silent clip are zero."""
        spectrum = torch.stft(samples, WINDOW, HOP, window=self.window, pad_mode="reflect", return_complex=True)
        chroma = torch.matmul(self.bands, spectrum.real.square() + spectrum.imag.square())
        level = chroma.mean(dim=(1, 2), keepdim=True)
        heard = torch.log1p(GAIN * chroma / level.clamp_min(QUIETEST))
        said = torch.cat([self._scale(heard.mean(dim=2)), self._chords(heard)], dim=1)
        return said.masked_fill(level[:, 0] < QUIETEST, 0.0)

    def _scale(self, mean: Tensor) -> Tensor:
        """(n, 16): how well the best keys fit mean chroma (n, 12), and these from the best major key's tonic up."""
        apart = mean - mean.mean(dim=1, keepdim=True)
        unit = apart / apart.norm(dim=1, keepdim=True).clamp_min(QUIETEST)
        fit = (self.profiles * unit[:, None, None, :]).sum(dim=3)  # (n, 2, 12)
        best = fit.amax(dim=2)
        second = fit[:, 0].topk(2, dim=1).values[:, 1:]
        steps = (torch.arange(CLASSES, device=mean.device) + fit[:, 0].argmax(dim=1, keepdim=True)) % CLASSES
        shares = mean.gather(1, steps) / mean.sum(dim=1, keepdim=True).clamp_min(QUIETEST)
        return torch.cat([best, best.amax(dim=1, keepdim=True), second, shares], dim=1)

    def _chords(self, heard: Tensor) -> Tensor:
        """(n, 11): how much like each triad the moments of chroma (n, 12, t) are, and which intervals they hold."""
        unit = heard / heard.norm(dim=1, keepdim=True).clamp_min(QUIETEST)
        like = torch.matmul(self.triads, unit[:, None])  # (n, 3, 12, t)
        strongest = like.amax(dim=2)
        brighter = (strongest[:, 0] > strongest[:, 1]).float().mean(dim=1, keepdim=True)
        names = like[:, :2].flatten(1, 2).argmax(dim=1)
        changes = (names[:, 1:] != names[:, :-1]).float().mean(dim=1, keepdim=True)
        intervals = [(unit * unit.roll(step, dims=1)).sum(dim=1).mean(dim=1) for step in range(1, CLASSES // 2 + 1)]
        return torch.cat([strongest.mean(dim=2), brighter, changes, torch.stack(intervals, dim=1)], dim=1)


def _bands() -> Tensor:
    """(12, WINDOW // 2 + 1) shares of each frequency in the pitch classes, from C."""
    hertz = torch.arange(1, WINDOW // 2 + 1) * (SAMPLE_RATE / WINDOW)
    pitch = 69.0 + 12.0 * torch.log2(hertz / 440.0)
    width = torch.diff(pitch, append=pitch[-1:]).clamp_min(1.0)
    apart = (pitch - torch.arange(CLASSES)[:, None] + CLASSES / 2) % CLASSES - CLASSES / 2
    shares = torch.exp(-0.5 * (2.0 * apart / width).square())
    shares = shares / shares.norm(dim=0, keepdim=True)
    weight = torch.exp(-0.5 * (torch.log2(hertz / CENTRE_HZ) / OCTAVES).square())
    return torch.cat([torch.zeros(CLASSES, 1), shares * weight], dim=1)


def _rotations(profile: tuple[float, ...]) -> Tensor:
    """(12, 12) unit profiles without their mean, one a tonic."""
    centred = torch.tensor(profile) - torch.tensor(profile).mean()
    return torch.stack([(centred / centred.norm()).roll(tonic) for tonic in range(CLASSES)])


def _chords(steps: tuple[int, ...]) -> Tensor:
    """(12, 12) unit vectors of a triad, one a root."""
    root = torch.zeros(CLASSES)
    root[list(steps)] = len(steps) ** -0.5
    return torch.stack([root.roll(tonic) for tonic in range(CLASSES)])
