"""The cue sheet as a timeline of OpenTimelineIO: clips and gaps of one audio track, each cue in their metadata."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from scorer.cues.cue import Cue
from scorer.cues.place import Where
from scorer.errors import CueSheetError

RATE: Final = 1000  # units of time a second
KEY: Final = "scorer"  # of the metadata
_MOVED_S: Final = 0.0015  # what rounding may move a border by


def _library() -> Any:
    try:
        import opentimelineio  # type: ignore[import-untyped]
    except ImportError as error:
        raise CueSheetError("the format .otio needs `pip install opentimelineio`") from error
    return opentimelineio


def format_timeline(title: str, cues: Sequence[Cue]) -> str:
    """Return a timeline's text. Raises `CueSheetError` where OpenTimelineIO is missing."""
    otio = _library()

    def span(start_s: float, end_s: float) -> Any:
        first, stop = (otio.opentime.RationalTime(round(RATE * time), RATE) for time in (start_s, end_s))
        return otio.opentime.TimeRange(first, stop - first)

    track = otio.schema.Track(name="Music", kind=otio.schema.TrackKind.Audio)
    at = 0.0
    for cue in cues:
        if cue.start_s > at:
            track.append(otio.schema.Gap(source_range=span(at, cue.start_s)))
        known, lasts = {KEY: asdict(cue)}, span(cue.start_s, cue.end_s)
        if cue.track:
            media = otio.schema.ExternalReference(target_url=_url(cue.track))
            heard = otio.opentime.TimeRange(span(cue.track_start_s, cue.track_start_s).start_time, lasts.duration)
            track.append(otio.schema.Clip(PurePath(cue.track).name, media, heard, metadata=known))
        else:
            track.append(otio.schema.Gap(source_range=lasts, metadata=known))
        at = cue.end_s
    timeline = otio.schema.Timeline(title)
    timeline.tracks.append(track)
    return str(timeline.to_json_string())


def rows_of_timeline(text: str, path: Path) -> Iterator[tuple[dict[str, Any], Where]]:
    """Yield the cells of each cue by name, and where it stands, with the music that its clip has now.

    A cue whose music was changed is locked. Raises `CueSheetError` where it is no timeline of a cue sheet, or where a
    clip was added, moved or trimmed: the borders of a cue are sentences, which a timeline does not show.
    """
    otio = _library()
    try:
        json.loads(text)  # OpenTimelineIO's own reader does not survive any depth
        timeline = otio.adapters.read_from_string(text, "otio_json")
        if not isinstance(timeline, otio.schema.Timeline) or timeline.tracks is None:
            raise ValueError("it holds no timeline")
        children = timeline.find_children()
        cues = [child for child in children if hasattr(child.metadata.get(KEY), "items")]
        strange = [child.name for child in children if isinstance(child, otio.schema.Clip) and child not in cues]
    except (otio.exceptions.OTIOError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        what = " ".join(str(error).split())
        raise CueSheetError(f"{path}: no timeline of a cue sheet ({what}); write one with `scorer run`") from error
    if strange:
        raise CueSheetError(f"{path}: the clip '{strange[0]}' is no cue; change the music of clips that are")
    for number, item in enumerate(cues, 1):
        where = Where(f"{path}: cue {number}")
        cells = {name: _plain(value) for name, value in item.metadata[KEY].items()}
        _require_in_place(item, cells, where)
        heard = _heard(item, str(cells.get("track", "")), otio)
        if heard != {name: cells.get(name) for name in heard}:
            cells |= heard | {"lock": True}
        yield cells, where


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) or not hasattr(value, "__iter__") else list(value)


def _heard(item: Any, track: str, otio: Any) -> dict[str, Any]:
    """Return the track that an item has now, as it is told where it is the same, and the place in it."""
    if not isinstance(item, otio.schema.Clip):
        return {"track": "", "track_start_s": 0.0}
    media = item.media_reference
    url = media.target_url if isinstance(media, otio.schema.ExternalReference) else ""
    return {
        "track": track if track and url == _url(track) else _path(url),
        "track_start_s": item.trimmed_range().start_time.to_seconds(),
    }


def _require_in_place(item: Any, cells: dict[str, Any], where: Where) -> None:
    lies = item.trimmed_range_in_parent()
    start, length = (time.to_seconds() for time in (lies.start_time, lies.duration))
    told = [cells.get(name) for name in ("start_s", "end_s")]
    if not all(isinstance(time, (int, float)) and math.isfinite(time) for time in told):
        raise CueSheetError(f"{where}: no times in its metadata; write the timeline with `scorer run`")
    if any(abs(a - b) > _MOVED_S for a, b in zip((start, start + length), told, strict=True)):
        raise CueSheetError(
            f"{where}: was moved or trimmed, but its borders are sentences; change them in the sheet as .csv or .json"
        )


def _url(track: str) -> str:
    return Path(track).absolute().as_uri()


def _path(url: str) -> str:
    parts = urlsplit(url)
    return url2pathname(parts.path) if parts.scheme == "file" else unquote(url)
