"""The narration that an EPUB carries: its clips as one recording, and when each of their texts is read in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from scorer.audio.decode import audio_seconds
from scorer.audio.recording import Recording, Stretch, joined
from scorer.book.overlay import Clip
from scorer.clock.sidecar import Timed
from scorer.errors import ClockError

BREATH_S: Final = 5.0  # seconds between two clips of a file that belong to the reading; more is something else


def narrated(book: Path, clips: Sequence[Clip], files: Mapping[str, Path]) -> tuple[Recording, list[Timed]]:
    """Return what a reading system would play of the clips, from the `files` of the archive, and their texts' times.

    What lies between two clips of a file is left in where it is no longer than a breath. A clip without an end, or with
    one behind the file's, lasts to the next clip's beginning or the file's end. Raises `ClockError` where nothing is
    left.
    """
    lengths = {name: audio_seconds(path) for name, path in files.items()}
    stretches: list[Stretch] = []
    timed: list[Timed] = []
    before = 0.0  # seconds of the stretches that are whole
    for number, clip in enumerate(clips):
        if clip.start_s >= lengths[clip.audio]:
            continue
        end = min(_end(clips, number), lengths[clip.audio])
        last = stretches[-1] if stretches else None
        if last and last.path == files[clip.audio] and 0.0 <= clip.start_s - _known(last) <= BREATH_S:
            stretches[-1] = Stretch(last.path, last.start_s, end)
        else:
            before += _known(last) - last.start_s if last else 0.0
            stretches.append(Stretch(files[clip.audio], clip.start_s, end))
        begin = before + clip.start_s - stretches[-1].start_s
        timed.append(Timed(begin, begin + end - clip.start_s, clip.text))
    if not stretches:
        raise ClockError(f"{book}: carries no narration that can be heard; name one with --narration")
    return joined(book, stretches), timed


def _end(clips: Sequence[Clip], number: int) -> float:
    clip = clips[number]
    if clip.end_s is not None:
        return clip.end_s
    after = clips[number + 1] if number + 1 < len(clips) else None
    return after.start_s if after and after.audio == clip.audio and after.start_s > clip.start_s else float("inf")


def _known(stretch: Stretch) -> float:
    assert stretch.end_s is not None
    return stretch.end_s
