"""`scorer index`: music folders to an index."""

import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scorer.cli.options import engine_options, index_option, model_option
from scorer.errors import LibraryError
from scorer.library.track import CLIPS_PER_TRACK, printable

if TYPE_CHECKING:
    from scorer.library.indexer import Summary

MOST_NAMED = 20  # failures named one by one; the rest is in `scorer library`


@click.command(name="index")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@index_option
@click.option(
    "--clips-per-track",
    type=click.IntRange(min=1),
    default=CLIPS_PER_TRACK,
    show_default=True,
    metavar="N",
    help="Listen to at most N clips of 10 s of a track, evenly spaced.",
)
@model_option
@click.option(
    "--jobs", type=click.IntRange(min=1), default=None, metavar="N", help="Decode N files at a time.  [default: cores]"
)
@click.option("--keep-missing", is_flag=True, help="Keep tracks whose files are gone, on a drive that is away, say.")
@click.option("--retry-failed", is_flag=True, help="Try again what could not be decoded before.")
@engine_options
def command(
    paths: tuple[Path, ...],
    index_folder: Path,
    clips_per_track: int,
    model: str | None,
    jobs: int | None,
    keep_missing: bool,
    retry_failed: bool,
    engine: str,
    address: str | None,
) -> None:
    """Turn music files and folders into an index.

    Only what is new or changed is listened to; files under PATH that are gone leave the index. A file that was moved is
    known again, one that is there twice is kept once. Stop it when you like: the next run goes on. A file that cannot
    be decoded is named and not tried again until it, or ffmpeg, changes. On a Ray cluster the same index comes out.
    """
    # Threads of the network that wait for each other would spin on the cores that ffmpeg needs.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from scorer.library.indexer import Options, index_paths
    from scorer.library.workers import RayEngine
    from scorer.nets.music_encoder import MusicEncoder
    from scorer.nets.registry import pair

    name = pair(model or _model_of(index_folder)).name
    encoder = MusicEncoder.load(model=name)
    begin = time.monotonic()
    options = Options(
        clips_per_track=clips_per_track,
        jobs=jobs,
        keep_missing=keep_missing,
        retry_failed=retry_failed,
        waiting=lambda: click.echo("another run is at work on this index; waiting for it", err=True),
        engine=RayEngine(index_folder, partial(MusicEncoder.load, model=name), address) if engine == "ray" else None,
    )
    summary = index_paths(paths, index_folder, encoder, model=name, options=options)
    for line in report(summary, time.monotonic() - begin):
        click.echo(line, err=True)
    if not summary.tracks or not summary.useful:
        names = ", ".join(printable(str(path)) for path in paths)
        left = "stays as it was" if summary.tracks else "is empty"
        raise LibraryError(f"{names}: nothing there that could be indexed, so the index {left}")
    click.echo(f"{summary.tracks} tracks in {printable(str(index_folder))}", err=True)


def _model_of(index_folder: Path) -> str:
    """Return the model that made the index, or the default where there is none or it cannot be had any more."""
    from scorer.library.catalogue import model_of
    from scorer.nets.registry import DEFAULT_PAIR, pairs

    try:
        model = model_of(index_folder)
    except LibraryError:
        return DEFAULT_PAIR
    return model if model in pairs() or Path(model).is_dir() else DEFAULT_PAIR


def report(summary: "Summary", wall_s: float) -> list[str]:
    """Return the lines that say what a run did in `wall_s` seconds."""
    lines = [f"not indexed: {printable(failed.path)}: {failed.reason}" for failed in summary.failures[:MOST_NAMED]]
    if len(summary.failures) > MOST_NAMED:
        lines.append(f"not indexed: {len(summary.failures) - MOST_NAMED} more; see `scorer library`")
    if summary.failed_before:
        lines.append(f"not tried again: {summary.failed_before} that failed before; see `scorer library`")
    if summary.remodelled:
        lines.append(f"embedded anew: {summary.remodelled} that another model had embedded")
    if summary.moved:
        lines.append(f"known again: {summary.moved} that were moved, renamed or touched")
    if summary.copies:
        lines.append(f"there twice: {summary.copies} with the content of another; see `scorer library`")
    if summary.shortened:
        lines.append(f"heard in part: {summary.shortened} that are long (see --clips-per-track) or partly silent")
    if summary.indexed:
        rate = summary.seconds / max(wall_s, 1e-9)
        heard = f"{summary.clips} clips of {summary.seconds / 60:.1f} min of music"
        lines.append(f"heard {heard} in {wall_s:.1f} s: {rate:.0f} x real time")
    counts = {
        "indexed": summary.indexed,
        "unchanged": summary.unchanged,
        "failed": len(summary.failures) + summary.failed_before,
        "removed": summary.removed,
    }
    return [*lines, ", ".join(f"{count} {what}" for what, count in counts.items())]
