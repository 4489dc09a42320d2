"""The SQLite file of an index: where it is, its tables, and how it is opened.

A file's row is written in one transaction with its clips, so that a run that is stopped at any moment has lost nothing
that it had finished. A path is text where it can be, else the bytes that the system has for it.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from scorer.audio.credit import licence_in
from scorer.emotion import MOODS
from scorer.errors import LibraryError

FILE_NAME: Final = "library.sqlite"
NEXT_NAME: Final = "library.next.sqlite"  # where another model's index is made while the former one serves
SCHEMA: Final = 4
LOCK_WAIT_S: Final = 30.0

_COPIES: Final = """
CREATE TABLE copies (            -- other files with a track's content
    path NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE
) WITHOUT ROWID;
"""
# What brings an index of a version to the next one
_UPGRADES: Final = {
    2: f"""
        ALTER TABLE tracks ADD COLUMN content TEXT NOT NULL DEFAULT '';
        ALTER TABLE failures ADD COLUMN content TEXT NOT NULL DEFAULT '';
        ALTER TABLE failures ADD COLUMN decoder TEXT NOT NULL DEFAULT '';
        {_COPIES}
        CREATE INDEX tracks_by_content ON tracks (content);
    """,
    3: "UPDATE tracks SET licence = licence_in(licence);",  # before, a notice of copyright stood there, too
}
_TABLES: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE tracks (
    id INTEGER PRIMARY KEY,
    path NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    content TEXT NOT NULL DEFAULT '',  -- hash of the file's bytes
    digest TEXT NOT NULL,        -- of the model that embedded it
    clip_limit INTEGER NOT NULL, -- the most clips that were asked for
    title TEXT NOT NULL,
    artist TEXT NOT NULL,
    album TEXT NOT NULL,
    licence TEXT NOT NULL,
    seconds REAL NOT NULL,
    valence REAL NOT NULL,
    arousal REAL NOT NULL,
    music REAL NOT NULL,         -- how surely it is music
    {", ".join(f"{mood} REAL NOT NULL" for mood in MOODS)}
);
CREATE TABLE clips (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    start_s REAL NOT NULL,
    vector BLOB NOT NULL,        -- little-endian float32
    moods BLOB NOT NULL,         -- little-endian float32
    valence REAL NOT NULL,
    arousal REAL NOT NULL,
    PRIMARY KEY (track_id, position)
) WITHOUT ROWID;
CREATE TABLE failures (
    path NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    reason TEXT NOT NULL,
    content TEXT NOT NULL DEFAULT '',
    decoder TEXT NOT NULL DEFAULT ''   -- that failed
) WITHOUT ROWID;
{_COPIES}
CREATE INDEX tracks_by_content ON tracks (content);
INSERT INTO meta VALUES ('schema', {SCHEMA});
COMMIT;
"""


@contextmanager
def to_read(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the index in `folder` for reading, as it stands at this moment; one of an older version in its new form.

    Raises `LibraryError` where there is none, or it is damaged or of another version.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise LibraryError(f"{folder}: no index there yet; make one with `scorer index PATH...`")
    with _explained(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=LOCK_WAIT_S
        )
        try:
            connection.execute("BEGIN")
            if (schema := _check_schema(connection, path)) < SCHEMA:
                connection = _upgraded_copy(connection, schema)
            yield connection
        finally:
            connection.close()


@contextmanager
def to_write(folder: Path, name: str = FILE_NAME) -> Iterator[sqlite3.Connection]:
    """Open the index in `folder` for writing and make what is not there. Readers are not held up meanwhile.

    Raises `LibraryError` where the folder cannot be written to, or the index is damaged or of another version.
    """
    path = folder / name
    make_folder(folder)
    with _explained(path):
        connection = sqlite3.connect(path, isolation_level=None, timeout=LOCK_WAIT_S)
        try:
            new = not connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            schema = SCHEMA if new else _check_schema(connection, path)  # before anything is changed
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            if new:
                connection.executescript(_TABLES)
            _upgrade(connection, schema)
            yield connection
            # A finished index is one plain file, which can be read where nothing may be written.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = DELETE")
        finally:
            connection.close()


def _upgraded_copy(connection: sqlite3.Connection, schema: int) -> sqlite3.Connection:
    """Return an index of an older version brought up to date in memory: its file may be one that we may not write."""
    with closing(connection):
        copy = sqlite3.connect(":memory:", isolation_level=None)
        connection.backup(copy)
    _upgrade(copy, schema)
    return copy


def _upgrade(connection: sqlite3.Connection, schema: int) -> None:
    connection.create_function("licence_in", 1, lambda text: licence_in(text)[0], deterministic=True)
    for version in range(schema, SCHEMA):
        connection.executescript(
            f"BEGIN IMMEDIATE; {_UPGRADES[version]}UPDATE meta SET value = {version + 1} WHERE key = 'schema'; COMMIT;"
        )


def make_folder(folder: Path) -> None:
    """Make the folder of an index. Raises `LibraryError` where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "it is a file" if folder.is_file() else (error.strerror or "").lower()
        raise LibraryError(f"{folder}: cannot keep an index there ({why}); choose another with --index") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that the block writes takes effect together, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def path_to_column(path: str) -> str | bytes:
    """Return what the database keeps for a path: text, or bytes where the name is not text."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def path_from_column(value: str | bytes) -> str:
    """Undo `path_to_column`."""
    return os.fsdecode(value) if isinstance(value, bytes) else value


def meta_of(connection: sqlite3.Connection) -> dict[str, str | int]:
    """Return the facts about the whole index: schema, model, digest, dimensions, complete."""
    return dict(connection.execute("SELECT key, value FROM meta"))


def _check_schema(connection: sqlite3.Connection, path: Path) -> int:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        raise LibraryError(f"{path}: not an index of scorer; delete it and run `scorer index` again")
    schema = meta_of(connection).get("schema")
    if not isinstance(schema, int) or not min(_UPGRADES) <= schema <= SCHEMA:
        advice = "use that version, or delete the file and run `scorer index` again"
        raise LibraryError(f"{path}: made by another version of scorer (schema {schema}, not {SCHEMA}); {advice}")
    return schema


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        advice = "check that the folder can be written to, is not full and no other `scorer index` is at work"
        raise LibraryError(f"{path}: {error}; {advice}") from error
    except sqlite3.DatabaseError as error:
        raise LibraryError(f"{path}: damaged ({error}); delete it and run `scorer index` again") from error
