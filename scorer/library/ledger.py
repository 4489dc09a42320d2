"""The writing side of an index: what is known of each file, and what a run adds to it."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scorer.audio.clip import CLIP_S
from scorer.audio.ffmpeg import ffmpeg_version
from scorer.emotion import MOODS
from scorer.library.database import meta_of, path_from_column, path_to_column, transaction
from scorer.library.embed import Embedded
from scorer.library.track import Failure
from scorer.library.walk import Source

_INSERT_TRACK: Final = f"""
    INSERT INTO tracks (path, size, mtime_ns, content, digest, clip_limit, title, artist, album, licence, seconds,
                        valence, arousal, music, {", ".join(MOODS)})
    VALUES ({", ".join("?" * (14 + len(MOODS)))})
"""
_INSERT_CLIP: Final = """
    INSERT INTO clips (track_id, position, start_s, vector, moods, valence, arousal) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_FAILURE: Final = """
    INSERT INTO failures (path, size, mtime_ns, reason, content, decoder) VALUES (?, ?, ?, ?, ?, ?)
"""
_HEIR: Final = """
    SELECT copies.path, copies.size, copies.mtime_ns, track_id FROM copies JOIN tracks ON tracks.id = track_id
    WHERE tracks.path = ? ORDER BY copies.path
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A file as it was when it was last tried. A failure has no digest, and no clips, but its decoder's version."""

    size: int
    mtime_ns: int
    digest: str = ""
    clip_limit: int = 0
    seconds: float = 0.0
    decoder: str = ""

    def settles(self, source: Source, digest: str, clip_limit: int) -> bool:
        """Tell whether trying the file again, with this model and limit, could bring nothing new."""
        if source.trouble or (self.size, self.mtime_ns) != (source.size, source.mtime_ns):
            return False
        if not self.digest:
            return self.decoder == ffmpeg_version()
        return self.digest == digest and self.serves(clip_limit)

    def serves(self, clip_limit: int) -> bool:
        """Tell whether as many clips were taken as would be with this limit."""
        return clip_limit == self.clip_limit or self.seconds <= min(clip_limit, self.clip_limit) * CLIP_S


class Ledger:
    """The tables of an open index; each method is one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def known(self) -> dict[str, Known]:
        """Return every file that has been tried, by its path."""
        queries = (
            "SELECT path, size, mtime_ns, '', 0, 0.0, decoder FROM failures",
            "SELECT path, size, mtime_ns, digest, clip_limit, seconds, '' FROM tracks",
            "SELECT copies.path, copies.size, copies.mtime_ns, digest, clip_limit, seconds, '' "
            "FROM copies JOIN tracks ON tracks.id = track_id",
        )
        rows = (row for query in queries for row in self._connection.execute(query))
        return {path_from_column(path): Known(*rest) for path, *rest in rows}

    def digest(self) -> str | None:
        """Return the digest of the model whose vectors the index holds, or None while it is new."""
        found = meta_of(self._connection).get("digest")
        return None if found is None else str(found)

    def tuned(self) -> str | None:
        """Return the file of the graph that the depth of search was chosen for, or None."""
        found = meta_of(self._connection).get("tuned")
        return None if found is None else str(found)

    def sizes(self) -> set[int]:
        """Return the sizes that tracks and failures have."""
        rows = self._connection.execute("SELECT size FROM tracks UNION SELECT size FROM failures")
        return {size for (size,) in rows}

    def track_with(self, content: str) -> str | None:
        """Return the path of the track that has this content, if there is one."""
        row = self._connection.execute("SELECT path FROM tracks WHERE content = ? ORDER BY path", (content,)).fetchone()
        return None if row is None else path_from_column(row[0])

    def failure_with(self, content: str) -> tuple[str, str] | None:
        """Return why a file with this content failed, and with which decoder."""
        row = self._connection.execute("SELECT reason, decoder FROM failures WHERE content = ?", (content,)).fetchone()
        return None if row is None else (str(row[0]), str(row[1]))

    def move(self, old: str, source: Source) -> None:
        """Note that a track's file is now `source`, with the same content."""
        row = (path_to_column(source.path), source.size, source.mtime_ns, path_to_column(old))
        with transaction(self._connection):
            if source.path != old:
                self._forget(source.path)
            self._connection.execute("UPDATE tracks SET path = ?, size = ?, mtime_ns = ? WHERE path = ?", row)

    def copy(self, source: Source, of: str) -> None:
        """Note that `source` has the content of a track."""
        row = (path_to_column(source.path), source.size, source.mtime_ns, path_to_column(of))
        with transaction(self._connection):
            self._forget(source.path)
            self._connection.execute("INSERT INTO copies SELECT ?, ?, ?, id FROM tracks WHERE path = ?", row)

    def begin(self, *, model: str, digest: str, dimensions: int) -> None:
        """Note whose vectors the index holds from now on, and that a run is at work."""
        facts = {"model": model, "digest": digest, "dimensions": dimensions, "complete": 0}
        with transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())

    def finish(self) -> None:
        """Note that the last run went through."""
        self.note(complete=1)

    def note(self, **facts: float | str) -> None:
        """Keep facts about the whole index."""
        with transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())

    def add(self, track: Embedded, digest: str, clip_limit: int) -> None:
        """Keep a track with its clips, in the place of what was known of the file."""
        sound, source, header = track.sound, track.source, track.sound.header
        row = (
            *(path_to_column(source.path), source.size, source.mtime_ns, source.content, digest, clip_limit),
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
        known = (source.size, source.mtime_ns, failure.reason, source.content, ffmpeg_version())
        with transaction(self._connection):
            self._forget(source.path)
            self._connection.execute(_INSERT_FAILURE, (path_to_column(source.path), *known))

    def remove(self, paths: Iterable[str]) -> None:
        """Forget files."""
        with transaction(self._connection):
            for path in paths:
                self._forget(path)

    def _forget(self, path: str) -> None:
        """Forget a file; a track whose content is in another file, too, becomes that one's."""
        column = (path_to_column(path),)
        for table in ("failures", "copies"):
            self._connection.execute(f"DELETE FROM {table} WHERE path = ?", column)
        heir = self._connection.execute(_HEIR, column).fetchone()
        if heir is None:
            self._connection.execute("DELETE FROM tracks WHERE path = ?", column)
            return
        self._connection.execute("DELETE FROM copies WHERE path = ?", heir[:1])
        self._connection.execute("UPDATE tracks SET path = ?, size = ?, mtime_ns = ? WHERE id = ?", heir)
