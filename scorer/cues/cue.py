"""The cue: one decision."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """This track, or silence, from here to there in the text, and why.

    `cue`, `chapter`, `first_sentence` and `last_sentence` count from 1, sentences through the whole book. A cue
    that runs on into another chapter bears the one it starts in. Times are in seconds. `track` is the music file's
    path, empty for silence; a `lock` says that a person settled the cue, which is then kept when the book is scored
    anew. `valence` and `arousal`, in [0, 1], and `mood` tell of the passage; `score` is the mean
    similarity of passage and track, `margin` its lead over the best other track (below zero where smoothing
    preferred this one all the same).
    """

    cue: int
    chapter: int
    chapter_title: str
    first_sentence: int
    last_sentence: int
    start_s: float
    end_s: float
    track: str
    track_start_s: float
    lock: bool = False
    mood: str
    valence: float
    arousal: float
    score: float
    margin: float
    alternatives: tuple[str, ...]
    excerpt: str
