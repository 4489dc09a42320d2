"""scorer sets music under books.

The public API loads the two encoders that share one emotion space:

    >>> import scorer
    >>> text = scorer.load_text_encoder()
    >>> music = scorer.load_music_encoder()
    >>> scores = text.embed(["It was a dark night."]) @ music.embed(["storm.ogg"]).T

Everything else is reached through the command line; see ``scorer --help``.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scorer.nets.encoders import MusicEncoder, TextEncoder

__version__ = "0.1.0"
__all__ = ["__version__", "load_music_encoder", "load_text_encoder"]


def load_text_encoder(device: str | None = None) -> "TextEncoder":
    """Load the default text encoder; see `scorer.nets.encoders.TextEncoder`.

    `device` is a torch device name; by default CUDA or MPS where there is one, else the CPU.
    Raises `scorer.errors.ModelError` where the weights are missing or fail their SHA-256.
    """
    from scorer.nets.encoders import TextEncoder

    return TextEncoder.load(device=device)


def load_music_encoder(device: str | None = None) -> "MusicEncoder":
    """Load the default raw-audio music encoder; see `scorer.nets.encoders.MusicEncoder`.

    `device` and errors as for `load_text_encoder`.
    """
    from scorer.nets.encoders import MusicEncoder

    return MusicEncoder.load(device=device)
