"""The music data as training wants it: one log-mel picture for each 10 s window that the teacher heard.

The pictures lie in one float16 memory map (windows, MELS, frames), in the order of the windows, so that an epoch reads
them without decoding anything. It is made once, under a name that holds what it was made from.
"""

import csv
import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from scorer.audio.clip import CLIP_SAMPLES, SAMPLE_RATE
from scorer.audio.decode import decode
from scorer.errors import DatasetError
from scorer.files import whole_file
from scorer.nets import mel
from scorer.progress import progress_bar

FloatArray = NDArray[np.float32]

LABELLED: Final = ("panda", "mirex")
FRAMES: Final = CLIP_SAMPLES // mel.HOP
LEAST_POWER: Final = 1e-10  # keeps logarithms finite; far under anything `level_free` lets through
SOURCE_HELP: Final = "see the data folder's README for where it is published"


@dataclass(frozen=True, slots=True)
class Label:
    """What people said of one clip; empty or None where they did not."""

    artist_group: int
    quadrant: int | None  # 0 to 3: Q1 = V+A+, Q2 = V-A+, Q3 = V-A-, Q4 = V+A-
    cluster: int | None  # 0 to 4: the five MIREX clusters
    moods: frozenset[str]


@dataclass(frozen=True, slots=True)
class Windows:
    """All windows: row i of every array is one 10 s window."""

    clips: NDArray[np.str_]  # (n,) the clip's name; its part before the slash is the source
    offsets: FloatArray  # (n,) seconds into the clip's file
    logits: FloatArray  # (n, 527) of the teacher
    embeddings: FloatArray  # (n, 384) of the teacher

    @property
    def sources(self) -> NDArray[np.str_]:
        """(n,) "panda", "mirex" or "debian"."""
        first = np.array([clip.split("/")[0] for clip in self.clips])
        return np.where(np.isin(first, LABELLED), first, "debian")

    def rows(self, index: NDArray[np.bool_]) -> "Windows":
        """Return some of the windows."""
        return Windows(*(getattr(self, name)[index] for name in self.__slots__))


def read_labels(music: Path) -> Mapping[str, Label]:
    """Read `labels.tsv`; keys are clip names. Raises `DatasetError` where it is missing."""
    path = music / "labels.tsv"
    if not path.is_file():
        raise DatasetError(f"{path}: missing; {SOURCE_HELP}")
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {row["clip"]: _label(row) for row in rows}


def _label(row: Mapping[str, str]) -> Label:
    return Label(
        artist_group=int(row["artist_group"]),
        quadrant=int(row["quadrant"][1]) - 1 if row["quadrant"] else None,
        cluster=int(row["mirex_cluster"]) - 1 if row["mirex_cluster"] else None,
        moods=frozenset(row["moods"].split("|")) - {""},
    )


def read_windows(music: Path, sources: Sequence[str]) -> Windows:
    """Read the teacher's windows of some of panda, mirex and debian.

    Raises `DatasetError` where they are missing.
    """
    clips, offsets, logits, embeddings = [], [], [], []
    for source in sources:
        path = music / f"teacher_{source}.npz"
        if not path.is_file():
            raise DatasetError(f"{path}: missing; {SOURCE_HELP}")
        with np.load(path, allow_pickle=False) as arrays:
            names, starts = arrays["clip"].astype("<U64"), arrays["start_s"].astype(np.float32)
            clips.append(names)
            offsets.append(starts if source == "debian" else starts - _first_starts(names, starts))
            logits.append(arrays["logits"].astype(np.float32))
            embeddings.append(arrays["embedding"].astype(np.float32))
    return Windows(*(np.concatenate(parts) for parts in (clips, offsets, logits, embeddings)))


def _first_starts(names: NDArray[np.str_], starts: FloatArray) -> FloatArray:
    _, inverse = np.unique(names, return_inverse=True)
    first = np.full(inverse.max() + 1, np.inf, dtype=np.float32)
    np.minimum.at(first, inverse, starts)
    return first[inverse]


def pictures(windows: Windows, music: Path, debian: Path | None, runs: Path) -> NDArray[np.float16]:
    """Return log mel powers (n, MELS, FRAMES) of all windows, read-only; make them under `runs` at the first call."""
    recipe = (mel.WINDOW, mel.HOP, mel.MELS, mel.LOW_HZ, mel.HIGH_HZ, LEAST_POWER)
    key = hashlib.sha256(repr((recipe, windows.clips.tolist(), windows.offsets.tolist())).encode()).hexdigest()[:12]
    target = runs / f"music-mels-{key}.npy"
    if not target.exists():
        with whole_file(target) as part:
            _fill(part, windows, music, debian)
    made: NDArray[np.float16] = np.load(target, mmap_mode="r")
    return made


def _fill(part: Path, windows: Windows, music: Path, debian: Path | None) -> None:
    shape = (len(windows.clips), mel.MELS, FRAMES)
    out = np.lib.format.open_memmap(part, mode="w+", dtype=np.float16, shape=shape)
    power = mel.MelPower()
    names = list(dict.fromkeys(windows.clips.tolist()))
    paths = [audio_path(name, music, debian) for name in names]
    with progress_bar(len(names), "decoding", "file") as bar:
        for name, samples in zip(names, decoded(paths), strict=True):
            rows = np.flatnonzero(windows.clips == name)
            cut = np.stack([window(samples, offset) for offset in windows.offsets[rows]])
            with torch.inference_mode():
                out[rows] = torch.log(power(torch.from_numpy(cut)) + LEAST_POWER).half().numpy()
            bar.update()
    out.flush()


def decoded(paths: list[Path]) -> Iterator[FloatArray]:
    """Yield the samples of files, decoded in two threads, at most a few files ahead of the reader."""
    ahead = 4
    with ThreadPoolExecutor(2) as pool:
        waiting = deque(pool.submit(decode, path, sample_rate=SAMPLE_RATE) for path in paths[:ahead])
        for i in range(len(paths)):
            yield waiting.popleft().result()
            if i + ahead < len(paths):
                waiting.append(pool.submit(decode, paths[i + ahead], sample_rate=SAMPLE_RATE))


def window(samples: FloatArray, offset: float) -> FloatArray:
    """Return the clip (CLIP_SAMPLES,) that begins `offset` seconds into a file, or as near as may be."""
    start = min(round(float(offset) * SAMPLE_RATE), max(0, len(samples) - CLIP_SAMPLES))
    return np.resize(samples[start : start + CLIP_SAMPLES], CLIP_SAMPLES)


def audio_path(name: str, music: Path, debian: Path | None) -> Path:
    """Return the sound file of a clip; raises `DatasetError` where a Debian package lacks it."""
    if name.startswith(LABELLED):
        return music / f"{name}.opus"
    package, _, file = name.partition("/")
    assert debian is not None, "windows of Debian's music are read only where its folder is given"
    found = sorted((debian / package).rglob(file))
    if not found:
        raise DatasetError(f"{debian / package}: no {file} in it; unpack the Debian package {package} there (dpkg -x)")
    return found[0]
