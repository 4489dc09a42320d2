"""How far the vectors of the same music lie apart when only its carrier changes."""

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from scorer.audio.decode import decode
from scorer.audio.ffmpeg import ffmpeg_program
from scorer.nets.music_encoder import MusicEncoder
from train.music_cache import FloatArray

RATE: Final = 44_100
START_S: Final = 20.0
SECONDS: Final = 20.0
Item = tuple[FloatArray, int]


def robustness(encoder: MusicEncoder, files: Sequence[Path]) -> Mapping[str, Mapping[str, float]]:
    """Return, for each change, the mean and the least cosine between the vectors of `files` with and without it.

    The music is 20 s of each file from 20 s on, in 44.1 kHz stereo; of a shorter file its last 20 s, or all of it.
    """
    sounds = [_excerpt(path) for path in files]
    plain = encoder.embed([(sound, RATE) for sound in sounds])
    out = {}
    for name, change in CHANGES.items():
        cosines = (plain * encoder.embed([change(sound) for sound in sounds])).sum(axis=1)
        out[name] = {"mean": round(float(cosines.mean()), 4), "least": round(float(cosines.min()), 4)}
    return out


def _excerpt(path: Path) -> FloatArray:
    samples = decode(path, sample_rate=RATE, channels=2, seconds=START_S + SECONDS)
    return samples[-round(SECONDS * RATE) :]


def _coded(suffix: str, *options: str) -> Callable[[FloatArray], Item]:
    def change(samples: FloatArray) -> Item:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"coded.{suffix}"
            raw = ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0"]
            command = [ffmpeg_program(), "-loglevel", "error", *raw, *options, str(path)]
            subprocess.run(command, input=samples.astype("<f4").tobytes(), check=True)
            return decode(path, sample_rate=RATE, channels=2), RATE

    return change


def _gain(level_db: float) -> Callable[[FloatArray], Item]:
    return lambda samples: ((samples * 10.0 ** (level_db / 20.0)).astype(np.float32), RATE)


CHANGES: Final[Mapping[str, Callable[[FloatArray], Item]]] = {
    "-20 dB": _gain(-20.0),
    "-30 dB": _gain(-30.0),
    "-30 dB, 16 bit": lambda samples: ((np.round(samples * 1036.2) / 32768.0).astype(np.float32), RATE),
    "mono": lambda samples: (samples.mean(axis=1), RATE),
    "left only": lambda samples: (samples[:, 0].copy(), RATE),
    "16 kHz mono by ffmpeg": _coded("wav", "-ac", "1", "-ar", "16000"),
    "opus 24 kbit/s, 16 kHz mono": _coded("opus", "-ac", "1", "-ar", "16000", "-c:a", "libopus", "-b:a", "24k"),
    "mp3 64 kbit/s": _coded("mp3", "-c:a", "libmp3lame", "-b:a", "64k"),
    "half a second later": lambda samples: (samples[RATE // 2 :], RATE),
}
