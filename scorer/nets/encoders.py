"""The encoders that users load."""

from scorer.nets.music_encoder import MusicEncoder
from scorer.nets.text_encoder import TextEncoder

__all__ = ["MusicEncoder", "TextEncoder"]
