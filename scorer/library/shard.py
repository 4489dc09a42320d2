"""Embedded files on their way to the index, as files of their own: what a worker elsewhere hands over.

A shard is a safetensors file: the clips' arrays, and in its metadata, as JSON, what is known of each file and under
which terms it was made. It appears whole or not at all, and holds no code.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from scorer.audio.clip import CLIP_SAMPLES
from scorer.emotion import DIMENSIONS, MOODS
from scorer.files import whole_file
from scorer.library.embed import Embedded, Outcome
from scorer.library.header import Header
from scorer.library.sound import Sound
from scorer.library.track import Failure
from scorer.library.walk import Source

SUFFIX: Final = ".shard.safetensors"
_WIDTHS: Final = {"moods": (len(MOODS),), "valence_arousal": (2,), "vectors": (DIMENSIONS,), "music": ()}


@dataclass(frozen=True, slots=True)
class Terms:
    """What makes two embeddings of a file the same: the model's digest, the most clips a track, ffmpeg's version."""

    digest: str
    clips_per_track: int
    decoder: str


def write_shard(folder: Path, outcomes: Sequence[Outcome], terms: Terms) -> Path:
    """Write a shard into `folder`; the same files under the same terms always have the same name."""
    files = [_described(outcome) for outcome in outcomes]
    tracks = [outcome for outcome in outcomes if isinstance(outcome, Embedded)]
    arrays = {
        name: np.concatenate([np.empty((0, *width), np.float32), *(getattr(track, name) for track in tracks)])
        for name, width in _WIDTHS.items()
    }
    made = {"terms": json.dumps(asdict(terms)), "files": json.dumps(files)}
    name = hashlib.sha256(json.dumps([asdict(terms), [file["source"] for file in files]]).encode()).hexdigest()
    path = folder / f"{name[:32]}{SUFFIX}"
    with whole_file(path) as part:
        save_file(arrays, part, made)
    return path


def read_shard(path: Path, terms: Terms) -> list[Outcome]:
    """Return what is in a shard, without the sound of its clips. Raises `ValueError` where it is of other terms."""
    try:
        with safe_open(path, framework="numpy") as file:
            made = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in _WIDTHS}
        if json.loads(made["terms"]) != asdict(terms):
            raise ValueError(f"{path}: made under other terms")
        return list(_outcomes(json.loads(made["files"]), arrays))
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: no shard") from error


def shards_in(folder: Path) -> list[Path]:
    """Return the shards that lie in a folder."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def _described(outcome: Outcome) -> dict[str, Any]:
    if not isinstance(outcome, Embedded):
        source, failure = outcome
        return {"source": asdict(source), "failure": asdict(failure)}
    sound = outcome.sound
    return {
        "source": asdict(outcome.source),
        "header": asdict(sound.header),
        "starts": sound.starts,
        "seconds": sound.seconds,
    }


def _outcomes(files: Iterable[dict[str, Any]], arrays: dict[str, NDArray[np.float32]]) -> Iterable[Outcome]:
    end = 0
    for file in files:
        source = Source(**file["source"])
        if "failure" in file:
            yield source, Failure(**file["failure"])
            continue
        start, end = end, end + len(file["starts"])
        silent = np.empty((0, CLIP_SAMPLES), np.int16)
        sound = Sound(Header(**file["header"]), silent, tuple(file["starts"]), file["seconds"])
        yield Embedded(source, sound, **{name: array[start:end] for name, array in arrays.items()})
