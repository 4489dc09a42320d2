"""The shipped encoder's figures, measured as a user would hear it: from files, through its public face."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scorer.nets.music_encoder import MusicEncoder
from scorer.progress import progress_bar
from train.music_cache import audio_path
from train.music_figures import figures
from train.music_robust import robustness

if TYPE_CHECKING:
    from train.music import Music

EVERY: Final = 6  # of Debian's 221 tracks, one in so many is carried about


def check(pair: str, music: "Music", folder: Path, debian: Path | None) -> Mapping[str, Any]:
    """Return the figures on the labelled clips that the encoder of `pair` has not learned from.

    And how robust its vectors of Debian's music are, where that is there.
    """
    encoder = MusicEncoder.load(model=pair, device="cpu")
    names = sorted(music.labels.keys() - set(music.windows.clips[~music.held].tolist()))
    with progress_bar(len(names), "checking", "clip") as bar:
        heard = encoder.encode([folder / f"{name}.opus" for name in names], progress=bar.update)
    out: dict[str, Any] = {"digest": encoder.digest}
    out["held_out"] = figures([music.labels[name] for name in names], heard.moods, heard.valence_arousal)
    if debian is not None:
        every = sorted(set(music.windows.clips[music.windows.sources == "debian"].tolist()))
        paths = [audio_path(name, folder, debian) for name in every[::EVERY]]
        out["same_music"] = {"tracks": len(paths), **robustness(encoder, paths)}
    return out
