"""Where the rows of a cue sheet stand, and where its tracks lie."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Where:
    """Where a row of a sheet stands, for people; `joint` stands between that and the name of a cell."""

    row: str
    joint: str = ": "

    def __str__(self) -> str:
        return self.row

    def cell(self, name: str) -> str:
        """Return where a cell of the row stands."""
        return f"{self.row}{self.joint}{name}"


def placed(track: str, sheet: Path) -> str:
    """Return a track's absolute path: a relative one is meant from here, else from where the sheet lies.

    Silence and what is in neither place stay as they are.
    """
    if not track or Path(track).is_absolute():
        return track
    there = next((place for place in (Path(track), sheet.parent / track) if place.exists()), None)
    return track if there is None else str(there.parent.resolve() / there.name)
