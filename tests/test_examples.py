"""The packaged example is what its scripts make and what its README says."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import mutagen
import pytest

from scorer.audio.ffmpeg import probe
from scorer.book import read_book
from scorer.emotion import MOODS

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
STORY = EXAMPLES / "three-strokes-and-a-rest.epub"
TRACKS = sorted((EXAMPLES / "music").glob("*.ogg"))


def intended() -> dict[str, list[str]]:
    """Return the titles of each mood, from the README's table."""
    lines = (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith(tuple(f"| {mood} |" for mood in MOODS))]
    return {mood: titles.split("; ") for mood, titles in rows}


def test_the_book_is_what_the_script_builds(tmp_path: Path) -> None:
    target = tmp_path / "story.epub"
    subprocess.run([sys.executable, EXAMPLES / "build_epub.py", target], check=True)
    assert target.read_bytes() == STORY.read_bytes()


def test_the_story_has_three_chapters_and_its_front_matter_is_left_out() -> None:
    book = read_book(STORY)
    assert [chapter.title for chapter in book.chapters] == [
        "The Goat on the Stairs",
        "What the Council Said",
        "Three Strokes and a Rest",
    ]
    words = sum(len(sentence.text.split()) for sentence in book.sentences)
    assert 1700 < words < 2200


def test_there_are_two_tracks_a_mood_and_no_other() -> None:
    assert set(intended()) == set(MOODS)
    titles = [str(mutagen.File(track)["title"][0]) for track in TRACKS]
    assert Counter(titles) == Counter(title for pair in intended().values() for title in pair)
    assert all(len(pair) == 2 for pair in intended().values())


@pytest.mark.parametrize("track", TRACKS, ids=lambda track: track.stem)
def test_each_track_is_of_the_promised_length_and_licensed(track: Path) -> None:
    seconds = probe(track)[0]
    assert seconds is not None
    assert 40 <= seconds <= 60
    tags = mutagen.File(track)
    assert tags["license"] == ["CC BY 4.0"]


def test_the_music_is_small() -> None:
    assert sum(track.stat().st_size for track in TRACKS) <= 8_000_000


def test_the_narration_reads_the_whole_story() -> None:
    seconds = probe(EXAMPLES / "narration.ogg")[0]
    assert seconds is not None
    words = sum(len(sentence.text.split()) for sentence in read_book(STORY).sentences)
    assert 130 < words / seconds * 60 < 190
