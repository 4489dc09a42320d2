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


def load_text_encoder(device: str | None = None, model: str = "default") -> "TextEncoder":
    """Load a text encoder; see `scorer.nets.encoders.TextEncoder`.

    `device` is a torch device name; by default CUDA or MPS where there is one, else the CPU. `model` is a pair of
    models that `scorer models` lists, or a folder of your own.
    Raises `scorer.errors.ModelError` where the weights are missing, fail their SHA-256 or do not fit, and
    `scorer.errors.OwnModelError` where those of your own do, or there is no such model.
    """
    from scorer.nets.encoders import TextEncoder

    return TextEncoder.load(model=model, device=device)


def load_music_encoder(device: str | None = None, model: str = "default") -> "MusicEncoder":
    """Load a raw-audio music encoder; see `scorer.nets.encoders.MusicEncoder`.

    `device`, `model` and errors as for `load_text_encoder`.
    """
    from scorer.nets.encoders import MusicEncoder

    return MusicEncoder.load(model=model, device=device)
