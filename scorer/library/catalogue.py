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
_CLIPS = "SELECT track_id, start_s, vector FROM clips ORDER BY track_id, position"  # the order that they lie in
_CHUNK = 20_000  # rows at a time


@dataclass(frozen=True, slots=True)
class Clips:
    """All clips of an index, track by track in the order of their paths.

    `vectors` float32 (n, DIMENSIONS), unit rows; `track_ids` int64 (n,); `starts` float64 (n,), seconds.
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
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'copies'").fetchone():
            return []
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
    """Return the clips that the model of this digest embedded. Raises `LibraryError` where they are damaged."""
    rank = connection.execute("SELECT id FROM tracks WHERE digest = ? ORDER BY path", (digest,)).fetchall()
    ranks = np.full(max((number for (number,) in rank), default=0) + 1, -1, np.int64)
    ranks[[number for (number,) in rank]] = np.arange(len(rank))
    cursor = connection.execute(_CLIPS)
    ids, starts, vectors = [], [], []
    while rows := cursor.fetchmany(_CHUNK):
        numbers, times, blobs = zip(*rows, strict=True)
        joined = b"".join(blobs)
        if len(joined) != len(rows) * DIMENSIONS * 4:
            raise LibraryError("the index is damaged (vectors of a wrong size); delete it and run `scorer index` again")
        ids.append(np.array(numbers, np.int64))
        starts.append(np.array(times, np.float64))
        vectors.append(np.frombuffer(joined, "<f4").astype(np.float32).reshape(-1, DIMENSIONS))
    if not ids:
        return Clips(np.empty((0, DIMENSIONS), np.float32), np.empty(0, np.int64), np.empty(0))
    tracks = np.concatenate(ids)
    place = np.where(tracks < len(ranks), ranks[np.minimum(tracks, len(ranks) - 1)], -1)
    order = np.argsort(place, kind="stable")
    order = order[np.searchsorted(place[order], 0) :]  # without those of another model
    return Clips(np.concatenate(vectors)[order], tracks[order], np.concatenate(starts)[order])
