"""`scorer library`: what is in the index."""

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from scorer.cli.options import index_option, json_option
from scorer.library.track import Failure, Track, printable

Copies = Sequence[tuple[str, str]]

NARROWEST = 20  # columns that a path has, however narrow the terminal


@click.command(name="library")
@index_option
@click.option("--failed", is_flag=True, help="Only the files that could not be indexed.")
@click.option("--stats", is_flag=True, help="Only figures of the whole: what is in it, and how it is searched.")
@json_option
def command(index_folder: Path, failed: bool, stats: bool, as_json: bool) -> None:
    """List the tracks of the index with their emotions, and the files that could not be indexed.

    Valence and arousal lie between 0 and 1; the moods (happy, funny, sad, tender,
    exciting, angry, scary) are probabilities in per cent.
    """
    from scorer.library.catalogue import copies_of, list_library

    if stats:
        from scorer.library.stats import stats_of

        figures = stats_of(index_folder)
        known = {name.replace("_", " "): value for name, value in figures.items() if value is not None}
        told = [json.dumps(figures)] if as_json else [f"{name}: {value}" for name, value in known.items()]
        for line in told:
            click.echo(line)
        return
    tracks, failures = list_library(index_folder)
    copies = [] if failed else copies_of(index_folder)
    if failed:
        tracks = []
    elif not tracks:
        click.echo(f"no track in {index_folder}; run `scorer index PATH...` on a folder with music", err=True)
    if as_json:
        lines = json_lines(tracks, failures, copies)
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        lines = table(tracks, failures, width, copies)
    for line in lines:
        click.echo(line)


def json_lines(tracks: list[Track], failures: list[Failure], copies: Copies = ()) -> Iterator[str]:
    """Yield one JSON object a file: path, seconds, clips, valence, arousal, moods by name, error (null for a track).

    A file with the content of a track has that one's path as `copy_of`, and nothing else.
    """
    from scorer.emotion import MOODS

    for track in tracks:
        yield json.dumps(
            {
                "path": track.path,
                "seconds": round(track.seconds, 3),
                "clips": track.clips,
                "valence": round(track.valence, 4),
                "arousal": round(track.arousal, 4),
                "moods": {mood: round(p, 4) for mood, p in zip(MOODS, track.moods, strict=True)},
                "error": None,
            }
        )
    for failure in failures:
        nothing = dict.fromkeys(("seconds", "clips", "valence", "arousal", "moods"))
        yield json.dumps({"path": failure.path, **nothing, "error": failure.reason})
    for path, of in copies:
        nothing = dict.fromkeys(("seconds", "clips", "valence", "arousal", "moods", "error"))
        yield json.dumps({"path": path, **nothing, "copy_of": of})


def table(tracks: list[Track], failures: list[Failure], width: int | None, copies: Copies = ()) -> Iterator[str]:
    """Yield lines of at most `width` columns; where that is None, paths are never shortened.

    What is no music has a star.
    """
    from scorer.emotion import MOODS

    numbers = " ".join([f"{'length':>7} {'clips':>5} {'val':>4} {'aro':>4}", *(mood[:3] for mood in MOODS)])
    others = sum(not track.is_music for track in tracks)
    paths = [printable(track.path) for track in tracks]
    longest = max([*map(_columns, paths), len("path")])
    room = longest if width is None else min(longest, max(NARROWEST, width - len(numbers) - 1))
    if tracks:
        yield f"{'path':<{room}} {numbers}"
    for track, path in zip(tracks, paths, strict=True):
        shown = _fit(path, room)
        percent = " ".join(f"{100 * p:3.0f}" for p in track.moods)
        yield (
            f"{shown}{' ' * (room - _columns(shown))} {_clock(track.seconds):>7} {track.clips:5d}"
            f" {track.valence:4.2f} {track.arousal:4.2f} {percent}{'' if track.is_music else ' *'}"
        )
    if others:
        yield f"* {others} that are no music but speech, noise or other sounds: never chosen"
    if copies:
        yield f"{len(copies)} there twice:"
    for path, of in copies:
        yield f"  {printable(path)} is {printable(of)}"
    if failures:
        yield f"{len(failures)} not indexed:"
    for failure in failures:
        line = f"  {printable(failure.path)}: {failure.reason}"
        if width is not None and _columns(line) > width:
            path_room = max(NARROWEST, width - _columns(failure.reason) - 4)
            line = f"  {_fit(printable(failure.path), path_room)}: {failure.reason}"
        yield line


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _fit(text: str, room: int) -> str:
    """Shorten a path from the left, where it says least."""
    if _columns(text) <= room:
        return text
    while _columns(text) > room - 1:
        text = text[1:]
    return f"…{text}"


def _columns(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) != 0 for char in text)
