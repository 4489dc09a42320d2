"""Readers of the text data sets, as published, in the layout of the data folder."""

import csv
from dataclasses import dataclass
from pathlib import Path

from scorer.evaluate.datasets import ISEAR_FILE, read_comments, read_table, split_isear

csv.field_size_limit(1 << 24)


@dataclass(frozen=True, slots=True)
class TaleSentence:
    """A sentence of Alm (2008); `votes` are two annotators' emotions, then their moods."""

    author: str
    story: str
    number: int
    votes: tuple[str, str, str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with one label; `group` keeps together what must stay on one side of a split."""

    text: str
    label: str
    group: str


@dataclass(frozen=True, slots=True)
class Rated:
    """A text with valence and arousal from 1 to 5."""

    text: str
    valence: float
    arousal: float
    document: str
    split: str


def tales(data: Path) -> list[TaleSentence]:
    """Return all sentences of Alm's tales in order."""
    return [
        TaleSentence(
            row["author"],
            row["story"],
            int(row["sent_id"]),
            (row["emo_A"], row["emo_B"], row["mood_A"], row["mood_B"]),
            row["text"],
        )
        for row in read_table(data / "text/alm/alm_all_sentences.tsv")
    ]


def alm(data: Path) -> list[tuple[str, Labelled]]:
    """Return (author, sentence) of Alm's sentences of high agreement; the group is the story."""
    rows = read_table(data / "text/alm/alm_high_agreement.tsv")
    return [(row["author"], Labelled(row["text"], row["label"], row["story"])) for row in rows]


def isear(data: Path, side: str) -> list[Labelled]:
    """Return ISEAR's reports that are answers, of one side of the split."""
    return [Labelled(text, emotion, text.lower()) for text, emotion in split_isear(data / ISEAR_FILE)[side]]


def goemotions(data: Path, split: str) -> list[tuple[str, list[str]]]:
    """Return (text, labels) of GoEmotions' train, dev or test part."""
    return read_comments(data / f"text/goemotions/{split}.tsv")


def emobank(data: Path) -> list[Rated]:
    """Return EmoBank's sentences."""
    return [
        Rated(row["text"], float(row["V"]), float(row["A"]), row["document"], row["split"])
        for row in read_table(data / "text/emobank/emobank_with_genre.tsv")
    ]
