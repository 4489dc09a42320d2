"""What the music encoder hears."""

from typing import Final

SAMPLE_RATE: Final = 16_000  # Hz, mono
CLIP_S: Final = 10.0  # seconds, as in AudioSet
CLIP_SAMPLES: Final = int(SAMPLE_RATE * CLIP_S)
