"""The arc: a book's trajectory through the emotion space, one row a window, as CSV."""

import csv
from pathlib import Path
from typing import Final

from scorer.cues.passage import Passage
from scorer.emotion import MOODS
from scorer.files import whole_file

ARC_COLUMNS: Final = ("window", "chapter", "start_s", "text", "valence", "arousal", *MOODS)


def write_arc(path: Path, passage: Passage) -> None:
    """Write the arc whole or not at all; windows and chapters count from 1. Raises `UserError` as `whole_file` does."""
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(ARC_COLUMNS)
        rows = zip(passage.windows, passage.emotions.valence_arousal, passage.emotions.moods, strict=True)
        for number, (window, point, moods) in enumerate(rows, 1):
            start = passage.times[window.core_first]
            numbers = [f"{value:.4f}" for value in (*point, *moods)]
            writer.writerow([number, window.chapter + 1, f"{start:.3f}", " ".join(window.text.split()), *numbers])
