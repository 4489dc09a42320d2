"""Blocks of the mix: speech and bed laid over each other by pydub, as raw PCM."""

import warnings
from typing import Final

import numpy as np

from scorer.mix.pcm import Pcm

with warnings.catch_warnings():
    # pydub imports the deprecated audioop, and looks for an ffmpeg of its own, which scorer does not use.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

WIDTH: Final = 2  # bytes a sample


def segment(samples: Pcm, sample_rate: int) -> AudioSegment:
    """Return 16-bit samples (n, channels) as a pydub segment."""
    return AudioSegment(data=samples.tobytes(), sample_width=WIDTH, frame_rate=sample_rate, channels=samples.shape[1])


def mixed(speech: Pcm, bed: Pcm, sample_rate: int) -> bytes:
    """Lay a bed (n, bed channels) over speech (n, channels); return the mix as raw PCM.

    Mono speech under a wider bed is doubled; a bed narrower than the speech plays in its first channels, front left and
    right. Where the bed is zero, the speech comes out bit for bit.
    """
    frames = len(speech)
    # pydub cuts by the millisecond; on whole seconds that is exact at any sample rate.
    short = -frames % sample_rate
    voice = segment(_lengthened(speech, short), sample_rate)
    if voice.channels == 1 and bed.shape[1] > 1:
        voice = voice.set_channels(bed.shape[1])
    if bed.shape[1] < voice.channels:
        bed = np.pad(bed, ((0, 0), (0, voice.channels - bed.shape[1])))
    laid = voice.overlay(segment(_lengthened(bed, short), sample_rate))
    return bytes(laid.raw_data[: frames * voice.channels * WIDTH])


def _lengthened(samples: Pcm, count: int) -> Pcm:
    return np.pad(samples, ((0, count), (0, 0))) if count else samples
