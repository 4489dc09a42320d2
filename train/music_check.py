"""The shipped encoder's figures, measured as a user would hear it: from files, through its public face."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scorer.nets.music_encoder import MusicEncoder
from scorer.progress import progress_bar
from train.music_figures import figures
from train.music_robust import robustness

if TYPE_CHECKING:
    from train.music import Music


def check(music: "Music", folder: Path, debian: Path | None) -> Mapping[str, Any]:
    """Return the figures on the held-out clips, and how robust the vectors of Debian's music are where it is there."""
    encoder = MusicEncoder.load(device="cpu")
    names = sorted(set(music.windows.clips[music.held].tolist()))
    with progress_bar(len(names), "checking", "clip") as bar:
        heard = encoder.encode([folder / f"{name}.opus" for name in names], progress=lambda n: bar.update(n) and None)
    out: dict[str, Any] = {"digest": encoder.digest}
    out["held_out"] = figures([music.labels[name] for name in names], heard.moods, heard.valence_arousal)
    if debian is not None:
        out["same_music"] = robustness(encoder, _some_files(debian))
    return out


def _some_files(debian: Path, every: int = 5) -> list[Path]:
    """Every fifth track of the Debian music the teacher heard that is stored in stereo or mono at 44.1 kHz or more."""
    big = (path for suffix in ("ogg", "opus") for path in debian.rglob(f"*.{suffix}"))
    return sorted(path for path in big if path.stat().st_size > 1_000_000)[::every]
