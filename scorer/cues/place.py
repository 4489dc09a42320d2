"""Where the tracks of a cue sheet lie."""

from pathlib import Path


def placed(track: str, sheet: Path) -> str:
    """Return a track's absolute path: a relative one is meant from here, else from where the sheet lies.

    Silence and what is in neither place stay as they are.
    """
    if not track or Path(track).is_absolute():
        return track
    there = next((place for place in (Path(track), sheet.parent / track) if place.exists()), None)
    return track if there is None else str(there.parent.resolve() / there.name)
