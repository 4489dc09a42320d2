import numpy as np
import pytest

from scorer.emotion import MOODS, clip_vector, passage_vector
from scorer.library.index import Index
from scorer.library.track import Track
from scorer.match import match
from scorer.match.candidates import MOST_CANDIDATES, candidate_tracks


def vectors(*moods: str | None, of_clips: bool = False) -> np.ndarray:
    """Return a unit vector a mood that is nearly certain, or neutral for None."""
    rows = np.full((len(moods), 7), 0.01, dtype=np.float32)
    for row, mood in zip(rows, moods, strict=True):
        if mood:
            row[MOODS.index(mood)] = 0.9
    place = clip_vector if of_clips else passage_vector
    return place(rows, np.full((len(moods), 2), 0.5, dtype=np.float32))


def library(*tracks: tuple[str, ...], seconds: float = 60.0) -> Index:
    """Return an index in which each track has a clip a mood that is named."""
    rows = [
        Track(n, f"/{n}.ogg", str(n), "", "", "", seconds, len(clips), 0.5, 0.5, 1.0, (0.0,) * 7)
        for n, clips in enumerate(tracks)
    ]
    return Index(
        tracks=rows,
        clip_vectors=np.concatenate([vectors(*clips, of_clips=True) for clips in tracks]),
        clip_tracks=np.repeat(np.arange(len(tracks)), [len(clips) for clips in tracks]),
        clip_starts=np.concatenate([10.0 * np.arange(len(clips)) for clips in tracks]),
    )


def test_the_track_of_the_passages_mood_fits_best() -> None:
    index = library(*[(mood,) * 3 for mood in MOODS])
    fit = match(vectors(*MOODS), np.ones(7), index, silence=0.0)
    assert fit.states[:, :-1].argmax(axis=1).tolist() == list(range(7))


def test_one_lucky_clip_does_not_make_a_track_fit() -> None:
    index = library(("sad",) * 4, ("sad", "angry", "angry", "angry"))
    fit = match(vectors("sad", "angry"), np.ones(2), index, silence=0.0)
    assert fit.similarity[0, 0] > fit.similarity[0, 1] + 0.1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 1.0])
def test_silence_is_preferred_for_the_share_that_was_asked_most_neutral_first(share: float) -> None:
    rows = np.zeros((10, 7), dtype=np.float32)
    rows[:, MOODS.index("scary")] = np.linspace(0.0, 0.9, 10)
    passage = passage_vector(rows, np.full((10, 2), 0.5, dtype=np.float32))
    fit = match(passage, np.ones(10), library(*[(mood,) for mood in MOODS]), silence=share)
    silent = fit.states[:, -1] >= fit.states[:, :-1].max(axis=1) - 1e-6
    assert np.flatnonzero(silent).tolist() == list(range(round(10 * share)))


def candidates(*moods: str, index: Index) -> np.ndarray:
    return candidate_tracks(vectors(*moods), index, np.ones(len(index.tracks), np.bool_))


def test_short_sounds_are_no_bed_while_there_is_music() -> None:
    index = library(("sad",), ("happy",))
    index.tracks[0] = Track(0, "/door.ogg", "door", "", "", "", 2.0, 1, 0.5, 0.5, 1.0, (0.0,) * 7)
    assert candidates("sad", index=index).tolist() == [1]
    assert candidates("sad", index=library(("sad",), seconds=2.0)).tolist() == [0]


def test_of_a_large_library_the_best_tracks_of_every_window_are_kept() -> None:
    index = library(*[("angry",)] * 500, ("tender",), *[("happy",)] * 300)
    found = candidates("angry", "tender", index=index)
    assert len(found) <= MOST_CANDIDATES
    assert 500 in found
    assert (np.diff(found) > 0).all()
