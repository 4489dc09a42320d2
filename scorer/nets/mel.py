"""From samples to level-free log-mel pictures: what the music network sees.

The picture is the mel power spectrogram (HTK scale, O'Shaughnessy 1987) in natural logarithms, relative to the mean
power of its own clip. A gain g multiplies every power and their mean alike, so it cancels: the network cannot hear
how loud a file was mastered, only how its energy lies in time and pitch.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torchaudio.functional import melscale_fbanks

from scorer.audio.clip import SAMPLE_RATE

WINDOW: Final = 1024  # samples, 64 ms: long enough to part neighbouring notes from the second octave up
HOP: Final = 400  # samples, 25 ms
MELS: Final = 80
LOW_HZ: Final = 40.0
HIGH_HZ: Final = 7600.0  # codecs differ most in the last few hundred hertz below 8 kHz
FRAMES_PER_SECOND: Final = SAMPLE_RATE // HOP

SILENT_POWER: Final = 1e-6  # mean mel power under which a clip is nothing but rounding noise, about -94 dBFS
FLOOR: Final = 3e-6  # 55 dB under the clip's mean power: what lies below it codecs keep or drop as they like
CENTRE: Final = -2.8  # about the mean of level-free log-mels of music,
SPREAD: Final = 2.8  # and their deviation


class MelPower(nn.Module):
    """The mel power spectrogram of 16 kHz mono samples."""

    window: Tensor
    bands: Tensor

    def __init__(self) -> None:
        super().__init__()
        bands = melscale_fbanks(
            n_freqs=WINDOW // 2 + 1, f_min=LOW_HZ, f_max=HIGH_HZ, n_mels=MELS, sample_rate=SAMPLE_RATE
        )
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)
        self.register_buffer("bands", bands.T.contiguous(), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """Map samples (n, s) in [-1, 1], s > WINDOW, to powers (n, MELS, s // HOP)."""
        spectrum = torch.stft(
            samples, WINDOW, HOP, window=self.window, center=True, pad_mode="reflect", return_complex=True
        )[..., : samples.shape[-1] // HOP]
        return torch.matmul(self.bands, spectrum.real.square() + spectrum.imag.square())


def level_free(power: Tensor) -> Tensor:
    """Map powers (n, MELS, frames) to pictures of the same shape, unchanged by any gain.

    A silent clip, whose mean power is under `SILENT_POWER`, becomes an even, low picture.
    """
    mean = power.mean(dim=(1, 2), keepdim=True)
    relative = power / mean.clamp_min(SILENT_POWER)
    return (torch.log(relative + FLOOR) - CENTRE) / SPREAD
