"""The layout of a mix in time: chapters and cues, moved to pauses, and interludes between chapters."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scorer.audio.recording import Recording
from scorer.book import Book
from scorer.clock import Clock, narration_times
from scorer.cues.cue import Cue
from scorer.mix.duck import speech_frames
from scorer.mix.loudness import FRAME_S, frame_samples
from scorer.mix.narration import Narration, measure_recording
from scorer.mix.pause import LONG_S, Pauses, between

WITHIN_S: Final = 2.5  # seconds that a change may move to meet a pause
AROUND_S: Final = WITHIN_S + LONG_S + 1.0  # seconds either side in which such a pause lies whole


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter in the mix, samples [start, end), and how surely its times are known (see `Clock.confidence`)."""

    title: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A narration, interludes included, with its cues, the confidence of each by number, and sections, which tile it.

    A cue is there twice where an interlude takes its music again. `length` is how far, in samples, cues may reach:
    beyond the narration where that is a piece.
    """

    narration: Narration
    cues: tuple[Cue, ...]
    confidences: Mapping[int, float]
    sections: tuple[Section, ...]
    length: int


def lay_out(
    book: Book,
    cues: Sequence[Cue],
    clock: Clock,
    narration: Narration,
    *,
    interlude_s: float = 0.0,
    longest_s: float = math.inf,
) -> Layout:
    """Return where everything is: borders of cues and chapters lie in pauses where any is near.

    With `interlude_s` that many seconds without speech, with music, lie between chapters. Chapters longer than
    `longest_s` are divided. Raises as `narration_times`.
    """
    pauses = Pauses(between(speech_frames(narration.energies)))
    timed = narration_times(book, cues, clock.borders)
    confidences = {cue.cue: clock.confidence(cue.first_sentence - 1, cue.last_sentence) for cue in timed}
    sections = _sections(book, clock, narration, pauses)
    timed = _in_pauses(timed, pauses)
    edges = [section.start for section in sections[1:]]
    if interlude_s and edges:
        rate, hop = narration.sample_rate, frame_samples(narration.sample_rate)
        gap = round(interlude_s * rate / hop) * hop
        timed = _with_interludes(timed, [edge / rate for edge in edges], gap / rate)
        narration = replace(narration, gaps=tuple((edge, gap) for edge in edges))
        pauses = Pauses(between(speech_frames(narration.energies)))
        # an interlude ends the section before it
        ends = [section.end + gap * number for number, section in enumerate(sections[:-1], 1)] + [narration.length]
        sections = [
            replace(one, start=start, end=end) for one, start, end in zip(sections, [0, *ends[:-1]], ends, strict=True)
        ]
    sections = [part for one in sections for part in _divided(one, longest_s, narration, pauses)]
    return Layout(narration, tuple(timed), confidences, tuple(sections), narration.length)


def excerpt(
    book: Book, cues: Sequence[Cue], clock: Clock, whole: Recording, narration: Narration, start_s: float
) -> Layout:
    """Return the layout of a narration that is a piece of the `whole`, from `start_s` on, in one section.

    Cues lie as `lay_out` has them: pauses are sought where those that sound meet. Raises as `narration_times`, and
    `AudioError` where the whole cannot be decoded.
    """
    timed = narration_times(book, cues, clock.borders)
    end_s = start_s + narration.seconds
    sounding = [n for n, one in enumerate(timed) if one.end_s > start_s - WITHIN_S and one.start_s < end_s + WITHIN_S]
    # with those beside, which may still be fading
    near = slice(max(0, sounding[0] - 1), sounding[-1] + 2) if sounding else slice(0)
    edges = [cue.start_s for cue in timed[near]] + [cue.end_s for cue in timed[near][-1:]]
    timed = _in_pauses(timed, _pauses_around(whole, narration, edges))
    moved = [replace(cue, start_s=cue.start_s - start_s, end_s=cue.end_s - start_s) for cue in timed[near]]
    confidences = {cue.cue: clock.confidence(cue.first_sentence - 1, cue.last_sentence) for cue in moved}
    length = max(narration.length, round((float(clock.borders[-1]) - start_s) * narration.sample_rate))
    return Layout(narration, tuple(moved), confidences, (Section(book.title, 0, narration.length, 1.0),), length)


def _pauses_around(whole: Recording, heard: Narration, times_s: Sequence[float]) -> Pauses:
    """Return a recording's pauses around some times, judged by the level of these and of a piece that was heard."""
    starts = [max(0.0, round((time - AROUND_S) / FRAME_S) * FRAME_S) for time in times_s]
    found = [measure_recording(whole.piece(start, start + 2 * AROUND_S), lambda _: None)[1] for start in starts]
    speech = speech_frames(np.concatenate([heard.energies, *found]))[len(heard.energies) :]
    spans, first = [np.zeros((0, 2))], 0
    for start, energies in zip(starts, found, strict=True):
        spans.append(between(speech[first : first + len(energies)]) + start)
        first += len(energies)
    return Pauses(np.concatenate(spans))


def _divided(section: Section, longest_s: float, narration: Narration, pauses: Pauses) -> list[Section]:
    """Return a section in parts of about the same length, none longer than asked, cut in pauses."""
    rate, hop = narration.sample_rate, frame_samples(narration.sample_rate)
    length_s = (section.end - section.start) / rate
    # the cut may move towards a pause
    count = math.ceil(length_s / max(longest_s - 2 * WITHIN_S, 1.0)) if length_s > longest_s else 1
    if count == 1:
        return [section]
    places = [section.start / rate + length_s * number / count for number in range(1, count)]
    cuts = [round(pauses.near(place, WITHIN_S) * rate / hop) * hop for place in places]
    return [
        replace(section, title=f"{section.title} ({number} of {count})", start=start, end=end)
        for number, (start, end) in enumerate(zip([section.start, *cuts], [*cuts, section.end], strict=True), 1)
    ]


def _sections(book: Book, clock: Clock, narration: Narration, pauses: Pauses) -> list[Section]:
    """Return a section for each chapter that is read; what is before the first and behind the last goes with them."""
    rate, hop = narration.sample_rate, frame_samples(narration.sample_rate)
    found: list[Section] = []
    first = 0
    for chapter in book.chapters:
        end = first + len(chapter.sentences)
        begin = pauses.near(float(clock.borders[first]), WITHIN_S) if found else 0.0
        start = min(narration.length, round(begin * rate / hop) * hop)
        if end > first and (not found or found[-1].start < start < narration.length):
            confidence = clock.confidence(first, end)
            found.append(Section(chapter.title, start, narration.length, confidence))
        first = end
    ends = [*(section.start for section in found[1:]), narration.length]
    return [replace(section, end=end) for section, end in zip(found, ends, strict=True)]


def _in_pauses(cues: Sequence[Cue], pauses: Pauses) -> list[Cue]:
    """Move borders between cues to pauses; where the music begins and ends for good stays."""
    first, last = cues[0].start_s, cues[-1].end_s
    inner = np.maximum.accumulate([first, *(pauses.near(cue.start_s, WITHIN_S) for cue in cues[1:])])
    borders = [*np.clip(inner, first, last).tolist(), last]
    return [replace(cue, start_s=borders[i], end_s=borders[i + 1]) for i, cue in enumerate(cues)]


def _with_interludes(cues: Sequence[Cue], edges: Sequence[float], gap: float) -> list[Cue]:
    """Shift cues behind each edge by a gap, and let music sound in the gaps.

    A gap between two pieces of music is halved among them; one beside silence has the music of its other side; one
    between silences that of the nearest cue that has any.
    """
    pieces = _cut(cues, edges)
    result: list[Cue] = []
    for number, piece in enumerate(pieces):
        shift = gap * sum(edge <= piece.start_s + _EPSILON for edge in edges)
        result.append(replace(piece, start_s=piece.start_s + shift, end_s=piece.end_s + shift))
        if not any(abs(edge - piece.end_s) < _EPSILON for edge in edges) or number + 1 == len(pieces):
            continue
        after, begin = pieces[number + 1], piece.end_s + shift
        if piece.track and piece.cue == after.cue:
            result.append(replace(piece, start_s=begin, end_s=begin + gap))
        elif piece.track and after.track:
            result.append(replace(piece, start_s=begin, end_s=begin + gap / 2))
            result.append(replace(after, start_s=begin + gap / 2, end_s=begin + gap))
        else:
            donor = piece if piece.track else _nearest(pieces, number + 1)
            result.append(replace(donor, start_s=begin, end_s=begin + gap))
    return _joined(result)


_EPSILON: Final = 1e-6


def _cut(cues: Sequence[Cue], edges: Sequence[float]) -> list[Cue]:
    pieces: list[Cue] = []
    for cue in cues:
        inside = [edge for edge in edges if cue.start_s + _EPSILON < edge < cue.end_s - _EPSILON]
        for start, end in zip([cue.start_s, *inside], [*inside, cue.end_s], strict=True):
            pieces.append(replace(cue, start_s=start, end_s=end))
    return pieces


def _nearest(pieces: Sequence[Cue], after: int) -> Cue:
    """Return the next piece that has music, else the last before; any piece where none has."""
    ahead = [piece for piece in pieces[after:] if piece.track]
    behind = [piece for piece in pieces[:after] if piece.track]
    return ahead[0] if ahead else behind[-1] if behind else pieces[after]


def _joined(pieces: Sequence[Cue]) -> list[Cue]:
    """Put together again what is of one cue and follows without a break."""
    result: list[Cue] = []
    for piece in pieces:
        last = result[-1] if result else None
        if last and last.cue == piece.cue and last.track == piece.track and abs(last.end_s - piece.start_s) < _EPSILON:
            result[-1] = replace(last, end_s=piece.end_s)
        else:
            result.append(piece)
    return result
