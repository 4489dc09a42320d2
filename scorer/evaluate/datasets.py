"""The published test sets, in the layout of the data folder."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorer.errors import DatasetError

ALM_FILE: Final = "text/alm/alm_high_agreement.tsv"
AUDIOSET_FILE: Final = "music/audioset/eval.npz"
PUBLISHERS: Final = {
    ALM_FILE: "C. O. Alm's affect data (2008), sentences of high agreement as author, story, sent_id, label, text",
    AUDIOSET_FILE: "Google's AudioSet, VGGish features of the mood clips as youtube_id, start_s, mood, vggish",
}
TEST_AUTHOR: Final = "Potter"


@dataclass(frozen=True, slots=True)
class Queries:
    """Texts and their labels, (q,) each."""

    texts: list[str]
    labels: list[str]


@dataclass(frozen=True, slots=True)
class Clips:
    """VGGish features, uint8 (c, 10, 128), and moods (c,)."""

    features: NDArray[np.uint8]
    moods: list[str]


def require(data: Path | None, files: tuple[str, ...]) -> Path:
    """Return the data folder. Raises `DatasetError` that names the files it lacks, their publishers and their place."""
    missing = [name for name in files if data is None or not (data / name).is_file()]
    if data is not None and not missing:
        return data
    wanted = "; ".join(f"{name} ({PUBLISHERS[name]})" for name in missing)
    place = "name a folder with --data or SCORER_DATA that has" if data is None else f"{data} lacks"
    raise DatasetError(f"no data to evaluate on: {place} {wanted}; get them from their publishers and put them there")


def alm_queries(data: Path) -> Queries:
    """Return Alm's sentences of high agreement by Potter, the test author. Raises `DatasetError` where malformed."""
    path = data / ALM_FILE
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    try:
        chosen = [row for row in rows if row["author"] == TEST_AUTHOR]
        queries = Queries([row["text"] for row in chosen], [row["label"] for row in chosen])
    except KeyError as error:
        raise DatasetError(f"{path}: no column {error}; expected {PUBLISHERS[ALM_FILE]}") from error
    if not chosen:
        raise DatasetError(f"{path}: no sentence by {TEST_AUTHOR}; expected {PUBLISHERS[ALM_FILE]}")
    return queries


def audioset_clips(data: Path) -> Clips:
    """Return AudioSet's mood clips of the evaluation part. Raises `DatasetError` where malformed."""
    path = data / AUDIOSET_FILE
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Clips(arrays["vggish"].astype(np.uint8), [str(mood) for mood in arrays["mood"]])
    except (OSError, KeyError, ValueError) as error:
        raise DatasetError(f"{path}: cannot be read ({error}); expected {PUBLISHERS[AUDIOSET_FILE]}") from error
