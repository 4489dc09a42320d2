"""Indexes of other versions: older ones are read and brought up to date, newer ones are refused and left alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from scorer.emotion import DIMENSIONS, MOODS
from scorer.library.catalogue import copies_of
from scorer.library.database import FILE_NAME, SCHEMA
from scorer.library.index import Index
from scorer.library.stats import stats_of
from tests.test_library_indexer import assert_refused_and_left_alone, run, tone

NOTICE = "(c) 2001 A Label. All rights reserved."
BY_SA = "http://creativecommons.org/licenses/by-sa/3.0/"
# The layouts as they once were, spelt out: what the program writes now cannot tell how they were.
SCHEMA_2 = f"""
    CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE tracks (
        id INTEGER PRIMARY KEY, path NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        digest TEXT NOT NULL, clip_limit INTEGER NOT NULL, title TEXT NOT NULL, artist TEXT NOT NULL,
        album TEXT NOT NULL, licence TEXT NOT NULL, seconds REAL NOT NULL, valence REAL NOT NULL,
        arousal REAL NOT NULL, music REAL NOT NULL, {", ".join(f"{mood} REAL NOT NULL" for mood in MOODS)}
    );
    CREATE TABLE clips (
        track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE, position INTEGER NOT NULL,
        start_s REAL NOT NULL, vector BLOB NOT NULL, moods BLOB NOT NULL, valence REAL NOT NULL,
        arousal REAL NOT NULL, PRIMARY KEY (track_id, position)
    ) WITHOUT ROWID;
    CREATE TABLE failures (
        path NOT NULL PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, reason TEXT NOT NULL
    ) WITHOUT ROWID;
    INSERT INTO meta VALUES ('schema', 2), ('model', 'default'), ('digest', 'spectral'), ('dimensions', {DIMENSIONS}),
        ('complete', 1);
"""
SCHEMA_3 = """
    ALTER TABLE tracks ADD COLUMN content TEXT NOT NULL DEFAULT '';
    ALTER TABLE failures ADD COLUMN content TEXT NOT NULL DEFAULT '';
    ALTER TABLE failures ADD COLUMN decoder TEXT NOT NULL DEFAULT '';
    CREATE TABLE copies (
        path NOT NULL PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX tracks_by_content ON tracks (content);
    UPDATE meta SET value = 3 WHERE key = 'schema';
"""
OLDER = {2: (SCHEMA_2,), 3: (SCHEMA_2, SCHEMA_3)}


@pytest.fixture
def music(tmp_path: Path) -> Path:
    for number in range(3):
        tone(tmp_path / "music" / f"{number}.wav", 12, 200 + 300 * number)
    (tmp_path / "music" / "bad.mp3").write_bytes(b"not sound")
    return tmp_path / "music"


def older_index(folder: Path, music: Path, version: int) -> None:
    """Write an index of three tracks of one clip and a failure, as a version of old did."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        for script in OLDER[version]:
            connection.executescript(script)
        for row, licence in enumerate(("", NOTICE, BY_SA), start=1):
            path = music / f"{row - 1}.wav"
            known = (
                str(path),
                path.stat().st_size,
                path.stat().st_mtime_ns,
                "spectral",
                30,
                path.stem,
                "",
                "",
                licence,
            )
            columns = (
                "path, size, mtime_ns, digest, clip_limit, title, artist, album, licence, seconds, valence, arousal"
            )
            connection.execute(
                f"INSERT INTO tracks ({columns}, music, {', '.join(MOODS)}) VALUES ({', '.join('?' * 20)})",
                (*known, 12.0, 0.5, 0.5, 1.0, *[1 / 7] * 7),
            )
            vector = np.eye(DIMENSIONS, dtype="<f4")[row]
            clip = (row, 0, 0.0, vector.tobytes(), bytes(28), 0.5, 0.5)
            connection.execute("INSERT INTO clips VALUES (?, ?, ?, ?, ?, ?, ?)", clip)
        bad = music / "bad.mp3"
        failed = (str(bad), bad.stat().st_size, bad.stat().st_mtime_ns, "no audio in it")
        connection.execute("INSERT INTO failures (path, size, mtime_ns, reason) VALUES (?, ?, ?, ?)", failed)


def schema_of(folder: Path) -> int:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()[0])


@pytest.mark.parametrize("version", list(OLDER))
def test_an_older_index_is_read_as_it_is_and_brought_up_to_date_by_the_next_run(music: Path, version: int) -> None:
    folder = music.parent / "index"
    older_index(folder, music, version)
    before = (folder / FILE_NAME).read_bytes()
    opened = Index.open(folder, model_digest="spectral")
    assert [track.licence for track in opened.tracks] == ["", "", "CC BY-SA 3.0"]  # a notice is no licence
    assert (stats_of(folder)["without_licence"], copies_of(folder)) == (2, [])
    assert (folder / FILE_NAME).read_bytes() == before

    summary = run(music)
    assert (summary.unchanged, summary.indexed, len(summary.failures)) == (3, 0, 1)  # nobody knew with which ffmpeg
    assert schema_of(folder) == SCHEMA
    assert (run(music).unchanged, run(music).failed_before) == (3, 1)
    again = Index.open(folder, model_digest="spectral")
    np.testing.assert_array_equal(again.clip_vectors, opened.clip_vectors)
    assert again.tracks == opened.tracks


@pytest.mark.parametrize("schema", [1, SCHEMA + 1, 99, "four"])
def test_an_index_of_another_version_is_refused_and_left_alone(music: Path, schema: object) -> None:
    run(music)
    folder = music.parent / "index"
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (schema,))
    assert_refused_and_left_alone(music, folder, r"library\.sqlite: made by another version of scorer")
