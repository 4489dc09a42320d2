"""A user's labels, and what the network hears in the files that they name."""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np
import torch
from torch import Tensor

from scorer.emotion import MOODS
from scorer.errors import AudioError
from scorer.files import whole_file
from scorer.library.sound import read_sound
from scorer.nets.music_encoder import MusicEncoder
from scorer.progress import progress_bar

COLUMNS: Final = ("file", "moods", "valence", "arousal", "group")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sound file; its moods, perhaps none; its valence and arousal in [0, 1], or None; and what it belongs to."""

    path: Path
    moods: frozenset[str]
    point: tuple[float, float] | None
    group: str


def read_labels(data: Path) -> list[Labelled]:
    """Read DATA/labels.tsv, tab-separated with a heading: file, and any of moods, valence, arousal, group.

    `file` is a path below DATA; `moods` are joined by "|"; tracks of one `group`, an artist or an album, stay on one
    side of every split, and without it each track is its own. Raises `click.ClickException` with the line at fault.
    """
    path = data / "labels.tsv"
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            names = reader.fieldnames or []
            if odd := set(names) - set(COLUMNS):
                raise click.ClickException(f"{path}: unknown columns {', '.join(sorted(odd))}; there are {COLUMNS}")
            if "file" not in names:
                raise click.ClickException(f"{path}: no column 'file'; columns are separated by tabs")
            rows = [_row(data, row, f"{path}:{reader.line_num}") for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path}: cannot be read: {error}") from error
    if not rows:
        raise click.ClickException(f"{path}: no track in it")
    return rows


def _row(data: Path, row: dict[str, str | None], where: str) -> Labelled:
    value = {name: (row.get(name) or "").strip() for name in COLUMNS}
    moods = frozenset(part.strip() for part in value["moods"].split("|")) - {""}
    if unknown := moods - set(MOODS):
        raise click.ClickException(f"{where}: no mood {', '.join(sorted(unknown))}; there are {', '.join(MOODS)}")
    if bool(value["valence"]) != bool(value["arousal"]):
        raise click.ClickException(f"{where}: valence and arousal go together")
    point = (_unit(value["valence"], where), _unit(value["arousal"], where)) if value["valence"] else None
    if not moods and point is None:
        raise click.ClickException(f"{where}: neither moods nor valence and arousal")
    path = data / value["file"]
    if not value["file"] or not path.is_file():
        raise click.ClickException(f"{where}: no file {path}")
    return Labelled(path, moods, point, value["group"] or value["file"])


def _unit(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise click.ClickException(f"{where}: '{text}' is no number from 0 to 1")
    return number


def hear_all(
    encoder: MusicEncoder, rows: Sequence[Labelled], kept: Path, clips_per_track: int
) -> tuple[list[Tensor], list[Labelled]]:
    """Return the features (clips, FEATURES) of each track that can be heard, and those tracks.

    What has been heard lies in the folder `kept` and is not heard again. A file that cannot be decoded is named.
    Raises `click.ClickException` where none can.
    """
    kept.mkdir(parents=True, exist_ok=True)
    features, heard = [], []
    with progress_bar(len(rows), "Listening", "file") as bar:
        for row in rows:
            try:
                features.append(_hear(encoder, row.path, kept, clips_per_track))
                heard.append(row)
            except (AudioError, OSError) as error:
                click.echo(f"left out: {error}", err=True)
            bar.update()
    if not heard:
        raise click.ClickException("none of the files in labels.tsv can be heard")
    return features, heard


def _hear(encoder: MusicEncoder, path: Path, kept: Path, clips_per_track: int) -> Tensor:
    state = path.stat()
    what = (str(path.resolve()), state.st_size, state.st_mtime_ns, encoder.digest, clips_per_track)
    target = kept / f"{hashlib.sha256(repr(what).encode()).hexdigest()[:24]}.npy"
    if not target.exists():
        clips = read_sound(path, clips_per_track).clips.astype(np.float32) / 32768.0
        with whole_file(target) as part, part.open("wb") as file:
            np.save(file, encoder.features(clips))
    return torch.from_numpy(np.load(target))
