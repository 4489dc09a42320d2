"""A synthetic reading of the text by espeak-ng, as features: what a narration is warped to."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from scorer.clock.cepstra import SAMPLE_RATE, FloatArray, cepstra

PROGRAM: Final = "espeak-ng"
WORDS_A_MINUTE: Final = 165
PAUSE_S: Final = 0.3  # behind each sentence
HEADER: Final = 44  # bytes of the WAV header that espeak-ng writes
ITS_RATE: Final = 22_050
TIMEOUT_S: Final = 60.0
JOBS: Final = 4
AUDIBLE: Final = 1e-3


def has_espeak() -> bool:
    """Tell whether espeak-ng is on PATH."""
    return shutil.which(PROGRAM) is not None


def read_aloud(
    sentences: Sequence[str], language: str, progress: Callable[[int], object] | None = None
) -> list[FloatArray]:
    """Return the cepstra (n, CEPSTRA) of each sentence, at least one row.

    They are read in `language`, a tag such as "en-GB", or in English where espeak-ng has no voice for it.
    """
    voice = language.split("-")[0].lower()
    if not _has_voice(voice):
        voice = "en"
    with ThreadPoolExecutor(JOBS) as pool:
        rows = []
        for spoken in pool.map(lambda text: _spoken(text, voice), sentences):
            rows.append(spoken)
            if progress:
                progress(1)
    return rows


def _has_voice(voice: str) -> bool:
    if not voice.isalpha():
        return False
    command = [PROGRAM, "-v", voice, "-q", "a"]
    return subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False).returncode == 0


def _spoken(text: str, voice: str) -> FloatArray:
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.float32)
    words = " ".join(text.split())
    samples = _samples(words, voice) if any(char.isalnum() for char in words) else np.zeros(0, np.float32)
    return cepstra([np.concatenate([samples, pause])])


def _samples(words: str, voice: str) -> FloatArray:
    command = [PROGRAM, "-v", voice, "-s", str(WORDS_A_MINUTE), "--stdout", "--stdin"]
    try:
        said = subprocess.run(command, input=words.encode(), capture_output=True, timeout=TIMEOUT_S, check=False).stdout
    except subprocess.TimeoutExpired:
        return np.zeros(0, np.float32)
    body = said[HEADER:]
    samples = np.frombuffer(body[: len(body) // 2 * 2], "<i2").astype(np.float32) / 32768.0
    loud = np.flatnonzero(np.abs(samples) > AUDIBLE)
    if not len(loud):
        return np.zeros(0, np.float32)
    samples = samples[loud[0] : loud[-1] + 1]
    # a straight line between samples is near enough: the highest band ends under 7 kHz
    places = np.arange(0.0, len(samples) - 1, ITS_RATE / SAMPLE_RATE)
    return np.asarray(np.interp(places, np.arange(len(samples)), samples), np.float32)
