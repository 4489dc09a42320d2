"""What an index says, read from its database."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scorer.emotion import DIMENSIONS, MOODS
from scorer.errors import LibraryError
from scorer.library.database import meta_of, path_from_column, to_read
from scorer.library.track import Failure, Track

_TRACKS = f"""
    SELECT id, path, title, artist, album, licence, seconds,
           (SELECT count(*) FROM clips WHERE track_id = tracks.id), valence, arousal, music, {", ".join(MOODS)}
    FROM tracks ORDER BY path
"""
_COUNTS = """
    SELECT id, (SELECT count(*) FROM clips WHERE track_id = tracks.id) FROM tracks WHERE digest = ? ORDER BY path
"""
_CLIPS = """
    SELECT track_id, position, start_s, vector FROM clips
    WHERE track_id IN (SELECT id FROM tracks WHERE digest = ?) ORDER BY track_id, position
"""  # the order that they lie in
_CHUNK = 20_000  # rows at a time


@dataclass(frozen=True, slots=True)
class Clips:
    """All clips of an index, track by track in the order of their paths.

    `vectors` float32 (n, d), unit rows; `track_ids` int64 (n,); `starts` float64 (n,), seconds.
    """

    vectors: NDArray[np.float32]
    track_ids: NDArray[np.int64]
    starts: NDArray[np.float64]


def list_library(folder: Path) -> tuple[list[Track], list[Failure]]:
    """Return the tracks and the failures of an index, each in the order of their paths, whatever model made it.

    Raises `LibraryError` where there is no index or it cannot be read.
    """
    with to_read(folder) as connection:
        return tracks_of(connection), failures_of(connection)


def copies_of(folder: Path) -> list[tuple[str, str]]:
    """Return files that are there twice: each path, and the track that has its content. Raises as above."""
    with to_read(folder) as connection:
        rows = connection.execute(
            "SELECT copies.path, tracks.path FROM copies JOIN tracks ON tracks.id = track_id ORDER BY copies.path"
        )
        return [(path_from_column(path), path_from_column(of)) for path, of in rows]


def model_of(folder: Path) -> str:
    """Return the name of the pair of models that made an index, or their folder. Raises `LibraryError` as above."""
    with to_read(folder) as connection:
        return str(meta_of(connection).get("model"))


def tracks_of(connection: sqlite3.Connection) -> list[Track]:
    """Return the tracks in the order of their paths."""
    rows = connection.execute(_TRACKS)
    return [Track(*(row[0], path_from_column(row[1]), *row[2:11], tuple(row[11:]))) for row in rows]


def failures_of(connection: sqlite3.Connection) -> list[Failure]:
    """Return the failures in the order of their paths."""
    rows = connection.execute("SELECT path, reason FROM failures ORDER BY path")
    return [Failure(path_from_column(path), reason) for path, reason in rows]


def clips_of(connection: sqlite3.Connection, digest: str) -> Clips:
    """Return the clips that the model of this digest embedded. Raises `LibraryError` where they are damaged.

    Each is put where it belongs as it is read, so that memory holds the clips once.
    """
    numbers, counts = _clip_counts(connection, digest)
    total, dimensions = int(counts.sum()), int(meta_of(connection).get("dimensions") or DIMENSIONS)
    vectors, starts = np.empty((total, dimensions), np.float32), np.empty(total)
    clips, first = np.zeros((2, int(numbers.max(initial=0)) + 1), np.int64)  # of each track, by its row
    clips[numbers], first[numbers] = counts, np.cumsum(counts) - counts
    cursor = connection.execute(_CLIPS, (digest,))
    while rows := cursor.fetchmany(_CHUNK):
        of, positions, times, blobs = zip(*rows, strict=True)
        joined, track, position = b"".join(blobs), np.array(of, np.int64), np.array(positions, np.int64)
        there = (position >= 0) & (position < clips[track])
        if len(joined) != len(rows) * dimensions * 4 or not there.all():
            raise LibraryError("the index is damaged (its clips); delete it and run `scorer index` again")
        target = first[track] + position
        vectors[target], starts[target] = np.frombuffer(joined, "<f4").reshape(-1, dimensions), times
    return Clips(vectors, np.repeat(numbers, counts), starts)


def _clip_counts(connection: sqlite3.Connection, digest: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows (t,) of a model's tracks in the order of their paths, and how many clips each has."""
    table = np.array(connection.execute(_COUNTS, (digest,)).fetchall(), np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
