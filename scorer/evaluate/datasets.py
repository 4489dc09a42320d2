"""The published test sets, in the layout of the data folder."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scorer.errors import DatasetError
from scorer.evaluate.split import stratified
from scorer.nets.labels import LABELS

ALM_FILE: Final = "text/alm/alm_high_agreement.tsv"
ISEAR_FILE: Final = "text/isear/isear_clean.tsv"
GOEMOTIONS_FILE: Final = "text/goemotions/test.tsv"
AUDIOSET_FILE: Final = "music/audioset/eval.npz"
PUBLISHERS: Final = {
    ALM_FILE: "C. O. Alm's affect data (2008), sentences of high agreement as author, story, sent_id, label, text",
    ISEAR_FILE: "ISEAR (Scherer and Wallbott 1994, University of Geneva) as mykey, emotion, text, intensity",
    GOEMOTIONS_FILE: "GoEmotions (Demszky et al. 2020, Google Research), the test part as text, numbers, id",
    AUDIOSET_FILE: "Google's AudioSet, VGGish features of the mood clips as youtube_id, start_s, mood, vggish",
}
TEST_AUTHOR: Final = "Potter"
SHORTEST_ANSWER: Final = 12  # characters; what is shorter is "none" or "no response"
_EKMAN_GROUPS: Final = {
    "anger": "anger annoyance disapproval",
    "disgust": "disgust",
    "fear": "fear nervousness",
    "joy": "joy amusement approval excitement gratitude love optimism relief pride admiration desire caring",
    "sadness": "sadness disappointment embarrassment grief remorse",
    "surprise": "surprise realization confusion curiosity",
    "": "neutral",
}
# Ekman's emotion of each of GoEmotions' labels, as its authors group them; none for neutral.
EKMAN: Final = {label: emotion for emotion, labels in _EKMAN_GROUPS.items() for label in labels.split()}


@dataclass(frozen=True, slots=True)
class Queries:
    """Texts and their labels, (q,) each."""

    texts: list[str]
    labels: list[str]


@dataclass(frozen=True, slots=True)
class Clips:
    """What a music tower hears, by default VGGish features, uint8 (c, 10, 128), and moods (c,)."""

    features: NDArray[Any]
    moods: list[str]


def require(data: Path | None, files: tuple[str, ...]) -> Path:
    """Return the data folder. Raises `DatasetError` that names the files it lacks, their publishers and their place."""
    missing = [name for name in files if data is None or not (data / name).is_file()]
    if data is not None and not missing:
        return data
    wanted = "; ".join(f"{name} ({PUBLISHERS[name]})" for name in missing)
    place = "name a folder with --data or SCORER_DATA that has" if data is None else f"{data} lacks"
    raise DatasetError(f"no data to evaluate on: {place} {wanted}; get them from their publishers and put them there")


def text_file(dataset: str) -> str:
    """Return the file of a data set's test texts, in the data folder."""
    return {"alm": ALM_FILE, "isear": ISEAR_FILE, "goemotions": GOEMOTIONS_FILE}[dataset]


def read_queries(dataset: str, data: Path) -> Queries:
    """Return a data set's test texts and their labels. Raises `DatasetError` where its file is malformed."""
    path = data / text_file(dataset)
    try:
        pairs = {"alm": _alm, "isear": _isear, "goemotions": _goemotions}[dataset](path)
    except (KeyError, ValueError, IndexError) as error:
        raise DatasetError(f"{path}: cannot be read ({error!r}); expected {PUBLISHERS[text_file(dataset)]}") from error
    if not pairs:
        raise DatasetError(f"{path}: no test text in it; expected {PUBLISHERS[text_file(dataset)]}")
    return Queries([text for text, _ in pairs], [label for _, label in pairs])


def _alm(path: Path) -> list[tuple[str, str]]:
    """The sentences of high agreement by Potter, the test author."""
    return [(row["text"], row["label"]) for row in read_table(path) if row["author"] == TEST_AUTHOR]


def _isear(path: Path) -> list[tuple[str, str]]:
    return split_isear(path)["test"]


def split_isear(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Return ISEAR's reports that are answers, (text, emotion), of each side; copies of a text stay together."""
    rows = [(" ".join(row["text"].split()), row["emotion"]) for row in read_table(path)]
    rows = [(text, emotion) for text, emotion in rows if len(text) > SHORTEST_ANSWER and "[" not in text[:2]]
    return stratified(rows, [emotion for _, emotion in rows], [text.lower() for text, _ in rows])


def _goemotions(path: Path) -> list[tuple[str, str]]:
    """The comments whose labels all belong to one of Ekman's emotions."""
    return of_one_emotion(read_comments(path))


def read_comments(path: Path) -> list[tuple[str, list[str]]]:
    """Return (text, labels) of a part of GoEmotions."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row[0], [LABELS["goemotions"][int(number)] for number in row[1].split(",")]) for row in rows]


def of_one_emotion(comments: Iterable[tuple[str, list[str]]]) -> list[tuple[str, str]]:
    """Return (text, emotion) of the comments whose labels all belong to one of Ekman's emotions."""
    found = []
    for text, labels in comments:
        emotions = {EKMAN[label] for label in labels}
        if len(emotions) == 1 and (emotion := emotions.pop()):
            found.append((text, emotion))
    return found


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a tab-separated table with a header."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def audioset_clips(data: Path) -> Clips:
    """Return AudioSet's mood clips of the evaluation part. Raises `DatasetError` where malformed."""
    path = data / AUDIOSET_FILE
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Clips(arrays["vggish"].astype(np.uint8), [str(mood) for mood in arrays["mood"]])
    except (OSError, KeyError, ValueError) as error:
        raise DatasetError(f"{path}: cannot be read ({error}); expected {PUBLISHERS[AUDIOSET_FILE]}") from error
