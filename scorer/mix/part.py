"""Parts: which music sounds from which sample to which, and how it enters and leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scorer.cues.cue import Cue


@dataclass(frozen=True, slots=True)
class Part:
    """One sounding stretch of the bed, [start, end) in samples of the mix, from `offset_s` of its track on.

    The fades lie inside the stretch; where two parts meet they overlap over the same fade. `last` tells that no music
    follows on it.
    """

    cue: int
    path: Path
    offset_s: float
    start: int
    end: int
    fade_in: int
    fade_out: int
    last: bool


def parts(cues: Sequence[Cue], *, sample_rate: int, length: int, crossfade_s: float) -> list[Part]:
    """Return the parts of cues with times, clipped to a mix of `length` samples.

    Music that follows music overlaps it by `crossfade_s` around their border, less where one of the two is shorter.
    Next to silence, and at both ends of the mix, a fade lies inside the cue and takes half of it at most.
    """
    spans = [(cue, *_span(cue, sample_rate, length)) for cue in cues]
    spans = [span for span in spans if span[2] > span[1]]
    fade = round(crossfade_s * sample_rate)
    result = []
    for number, (cue, start, end) in enumerate(spans):
        if not cue.track:
            continue
        size = end - start
        before = spans[number - 1] if number else None
        after = spans[number + 1] if number + 1 < len(spans) else None
        lead = _overlap(before, size, fade)
        tail = _overlap(after, size, fade)
        result.append(
            Part(
                cue=cue.cue,
                path=Path(cue.track),
                offset_s=cue.track_start_s,
                start=start - lead // 2,
                end=end + (tail - tail // 2),
                fade_in=lead or min(fade, size // 2),
                fade_out=tail or min(fade, size // 2),
                last=not tail,
            )
        )
    return result


def _span(cue: Cue, sample_rate: int, length: int) -> tuple[int, int]:
    return min(length, round(cue.start_s * sample_rate)), min(length, round(cue.end_s * sample_rate))


def _overlap(neighbour: tuple[Cue, int, int] | None, size: int, fade: int) -> int:
    if neighbour is None or not neighbour[0].track:
        return 0
    return min(fade, size, neighbour[2] - neighbour[1])
