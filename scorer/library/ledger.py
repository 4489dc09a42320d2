"""The writing side of an index: what is known of each file, and what a run adds to it."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scorer.audio.clip import CLIP_S
from scorer.emotion import MOODS
from scorer.library.database import path_from_column, path_to_column, transaction
from scorer.library.embed import Embedded
from scorer.library.track import Failure
from scorer.library.walk import Source

_INSERT_TRACK: Final = f"""
    INSERT INTO tracks (path, size, mtime_ns, digest, clip_limit, title, artist, album, licence, seconds,
                        valence, arousal, music, {", ".join(MOODS)})
    VALUES ({", ".join("?" * (13 + len(MOODS)))})
"""
_INSERT_CLIP: Final = """
    INSERT INTO clips (track_id, position, start_s, vector, moods, valence, arousal) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was when it was last tried. A failure has no digest, and no clips."""

    size: int
    mtime_ns: int
    digest: str = ""
    clip_limit: int = 0
    seconds: float = 0.0

    def settles(self, source: Source, digest: str, clip_limit: int) -> bool:
        """Tell whether trying the file again, with this model and limit, could bring nothing new."""
        if source.trouble or (self.size, self.mtime_ns) != (source.size, source.mtime_ns):
            return False
        if not self.digest:
            return True
        same_clips = clip_limit == self.clip_limit or self.seconds <= min(clip_limit, self.clip_limit) * CLIP_S
        return self.digest == digest and same_clips


class Ledger:
    """The tables of an open index; each method is one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def known(self) -> dict[str, Known]:
        """Return every file that has been tried, by its path."""
        failures = self._connection.execute("SELECT path, size, mtime_ns FROM failures")
        tracks = self._connection.execute("SELECT path, size, mtime_ns, digest, clip_limit, seconds FROM tracks")
        return {path_from_column(path): Known(*rest) for rows in (failures, tracks) for path, *rest in rows}

    def begin(self, *, model: str, digest: str, dimensions: int) -> None:
        """Note whose vectors the index holds from now on, and that a run is at work."""
        facts = {"model": model, "digest": digest, "dimensions": dimensions, "complete": 0}
        with transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())

    def finish(self) -> None:
        """Note that the last run went through."""
        with transaction(self._connection):
            self._connection.execute("UPDATE meta SET value = 1 WHERE key = 'complete'")

    def add(self, track: Embedded, digest: str, clip_limit: int) -> None:
        """Keep a track with its clips, in the place of what was known of the file."""
        sound, source, header = track.sound, track.source, track.sound.header
        row = (
            *(path_to_column(source.path), source.size, source.mtime_ns, digest, clip_limit),
            *(header.title, header.artist, header.album, header.licence, sound.seconds),
            *track.valence_arousal.mean(axis=0).tolist(),
            float(track.music.mean()),
            *track.moods.mean(axis=0).tolist(),
        )
        with transaction(self._connection):
            self._forget(source.path)
            track_id = self._connection.execute(_INSERT_TRACK, row).lastrowid
            vectors, moods = track.vectors.astype("<f4"), track.moods.astype("<f4")
            for i, start_s in enumerate(sound.starts):
                valence, arousal = track.valence_arousal[i].tolist()
                clip = (track_id, i, start_s, vectors[i].tobytes(), moods[i].tobytes(), valence, arousal)
                self._connection.execute(_INSERT_CLIP, clip)

    def fail(self, source: Source, failure: Failure) -> None:
        """Keep the reason why a file is no track, in the place of what was known of the file."""
        row = (path_to_column(source.path), source.size, source.mtime_ns, failure.reason)
        with transaction(self._connection):
            self._forget(source.path)
            self._connection.execute("INSERT INTO failures VALUES (?, ?, ?, ?)", row)

    def remove(self, paths: Iterable[str]) -> None:
        """Forget files."""
        with transaction(self._connection):
            for path in paths:
                self._forget(path)

    def _forget(self, path: str) -> None:
        for table in ("tracks", "failures"):
            self._connection.execute(f"DELETE FROM {table} WHERE path = ?", (path_to_column(path),))
