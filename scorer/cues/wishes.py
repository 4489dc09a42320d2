"""Wishes: what a person asks of a book's music, as `scorer.yaml` says it."""

from dataclasses import dataclass
from typing import Final

SILENCE: Final = "silence"  # in place of a track
NO_LICENCE: Final = "none"  # of tracks whose tags tell of none


@dataclass(frozen=True, slots=True)
class Pin:
    """A chapter, by its number from 1 or its title, or a passage, by its words, has this track."""

    line: int
    chapter: int | str | None
    passage: str | None
    track: str


@dataclass(frozen=True, slots=True)
class Ban:
    """A track, an album, an artist, or the tracks of a mood or a licence are not played."""

    line: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Leitmotif:
    """Where a name dominates a passage, this track, or a track of this mood, is preferred."""

    line: int
    name: str
    track: str | None
    mood: str | None


@dataclass(frozen=True, slots=True)
class Wishes:
    """All wishes of a file, `source`, with their lines; `moods` says how much more music of each is wanted, in fit."""

    source: str = ""
    pins: tuple[Pin, ...] = ()
    bans: tuple[Ban, ...] = ()
    leitmotifs: tuple[Leitmotif, ...] = ()
    moods: tuple[tuple[str, float], ...] = ()

    def where(self, line: int) -> str:
        """Return a line's place for a message."""
        return f"{self.source}: line {line}"
