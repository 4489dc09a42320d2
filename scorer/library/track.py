"""What the library knows of a file: a track, or why it is none."""

from dataclasses import dataclass
from typing import Final

CLIPS_PER_TRACK: Final = 30  # embedded at most, unless asked otherwise: five minutes, nearly every song whole

LEAST_MUSIC: Final = 0.3  # of `Track.music`; what is below is no bed. Some ambient music lies just above


@dataclass(frozen=True, slots=True)
class Track:
    """A file of the library; `valence`, `arousal` and `moods` are means over its embedded clips.

    `id` is its row in the database and `path` an absolute path. `clips` counts the clips that were embedded, which
    for a long file are fewer than it has. Valence and arousal lie in [0, 1], and so does `music`, how surely it is
    music and neither speech, noise nor another sound; `moods` are probabilities in the order
    of `scorer.emotion.MOODS`. Tags that the file does not have are empty, but for `title`, which is then its name.
    """

    id: int
    path: str
    title: str
    artist: str
    album: str
    licence: str
    seconds: float
    clips: int
    valence: float
    arousal: float
    music: float
    moods: tuple[float, ...]

    @property
    def is_music(self) -> bool:
        """Whether it may be a bed."""
        return self.music >= LEAST_MUSIC


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or folder that could not be indexed, and why."""

    path: str
    reason: str


def printable(path: str) -> str:
    """Return a path for a line of text: line breaks, control characters and undecodable bytes are escaped."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in path)
