"""Textures: what an instrument plays over a row of chords, one a bar."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from composer.harmony import Chord, Key, voicing
from composer.midi import Note


@dataclass
class Bar:
    """A bar to be filled: where it starts in beats, its chord, its number, and how loud the music is there (0 to 1)."""

    start: float
    beats: int
    chord: Chord
    number: int
    level: float
    last: bool = False


@dataclass
class Player:
    """An instrument: its channel, range, loudness, and the chance that keeps it human."""

    key: Key
    channel: int
    low: int
    high: int
    loud: int
    seed: int
    swing: float = 0.012
    held: list[int] | None = None
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def play(self, start: float, length: float, pitch: int, level: float, accent: float = 1.0) -> Note:
        """Return a note a little off the beat and off the level."""
        while pitch < self.low:
            pitch += 12
        while pitch > self.high:
            pitch -= 12
        velocity = round(self.loud * (0.55 + 0.45 * level) * accent * self.chance.uniform(0.92, 1.06))
        return Note(start + self.chance.uniform(0, self.swing), length, pitch, velocity, self.channel)

    def voiced(self, bar: Bar, voices: int = 3) -> list[int]:
        """Return the chord's voicing, led from the last."""
        self.held = voicing(bar.chord.classes(self.key), self.low, self.high, voices, self.held)
        return self.held


Texture = Callable[[Player, Bar], list[Note]]


def pad(voices: int = 3, overlap: float = 0.05) -> Texture:
    """Sustained chords."""

    def play(player: Player, bar: Bar) -> list[Note]:
        length = bar.beats * (1.6 if bar.last else 1.0) + overlap
        return [player.play(bar.start, length, pitch, bar.level) for pitch in player.voiced(bar, voices)]

    return play


def figure(order: str, step: float, length: float = 1.0, voices: int = 3) -> Texture:
    """A broken chord: `order` names voices from 0, `.` is a rest; each takes `step` beats and rings `length` steps."""

    def play(player: Player, bar: Bar) -> list[Note]:
        chord = player.voiced(bar, voices)
        notes, count = [], round(bar.beats / step)
        for i in range(1 if bar.last else count):
            mark = order[i % len(order)]
            if mark != ".":
                index = int(mark)
                pitch = chord[index % len(chord)] + 12 * (index // len(chord))
                ring = bar.beats * 1.5 if bar.last else step * length
                accent = 1.08 if i * step % bar.beats == 0 else 0.94
                notes.append(player.play(bar.start + i * step, ring, pitch, bar.level, accent))
        return notes

    return play


def chords_on(beats: str, step: float, length: float, voices: int = 3) -> Texture:
    """Struck chords where `beats` has an x."""

    def play(player: Player, bar: Bar) -> list[Note]:
        chord = player.voiced(bar, voices)
        marks = "x" if bar.last else (beats * 8)[: round(bar.beats / step)]
        return [
            player.play(
                bar.start + i * step, length if not bar.last else 1.5, pitch, bar.level, 1.0 if mark == "X" else 0.86
            )
            for i, mark in enumerate(marks)
            if mark in "xX"
            for pitch in chord
        ]

    return play


def bass(pattern: str, step: float, length: float = 0.95) -> Texture:
    """A bass line: `1` root, `5` fifth, `3` third, `8` octave, `-` a step up to what follows, `.` a rest."""
    degrees = {"1": 0, "3": 2, "5": 4, "8": 7, "-": 6, "2": 1, "4": 3, "6": 5}

    def play(player: Player, bar: Bar) -> list[Note]:
        notes = []
        for i, mark in enumerate("1" if bar.last else (pattern * 8)[: round(bar.beats / step)]):
            if mark != ".":
                pitch = player.key.pitch(bar.chord.root + degrees[mark]) - 12
                ring = bar.beats * 1.5 if bar.last else step * length
                notes.append(player.play(bar.start + i * step, ring, pitch, bar.level, 1.08 if i == 0 else 0.95))
        return notes

    return play


def drum(pattern: str, step: float, pitch: int, first: int = 0) -> Texture:
    """Strokes at one pitch, `X` loud, `x` soft, `r` a roll; silent before bar `first`."""

    def play(player: Player, bar: Bar) -> list[Note]:
        if bar.number < first:
            return []
        notes = []
        for i, mark in enumerate("X" if bar.last else (pattern * 16)[: round(bar.beats / step)]):
            at = bar.start + i * step
            if mark == "r":
                strokes = [(at + k * step / 6, 0.4 + 0.09 * k) for k in range(6)]
                notes += [player.play(t, step / 6, pitch, bar.level, a) for t, a in strokes]
            elif mark in "xX":
                notes.append(player.play(at, step, pitch, bar.level, 1.0 if mark == "X" else 0.72))
        return notes

    return play


def tune(rhythms: list[str], contours: list[list[int]], rest: float = 0.0, legato: float = 0.98) -> Texture:
    """A melody of phrases: bar b sings rhythm and contour b mod their number.

    A rhythm is lengths in beats, `r` before a rest. A contour is steps of the scale around a degree that follows
    the chord; notes on a bar's first beat are drawn to chord tones. With `rest`, that share of later notes is left out.
    """

    def play(player: Player, bar: Bar) -> list[Note]:
        if bar.last:
            return [player.play(bar.start, bar.beats * 1.4, player.key.pitch(14), bar.level)]
        lengths = rhythms[bar.number % len(rhythms)].split()
        steps = contours[bar.number % len(contours)]
        home = 14 + ((bar.chord.root + 3) % 7) - 3
        notes, at = [], bar.start
        for i, word in enumerate(lengths):
            length = float(word.lstrip("r"))
            if not word.startswith("r") and not (i and rest and player.chance.random() < rest):
                degree = home + steps[i % len(steps)]
                if i == 0:
                    degree = _to_chord(degree, bar.chord)
                accent = 1.06 if i == 0 else 0.96
                notes.append(player.play(at, length * legato, player.key.pitch(degree), bar.level, accent))
            at += length
        return notes

    return play


def _to_chord(degree: int, chord: Chord) -> int:
    wanted = {(chord.root + tone) % 7 for tone in chord.tones}
    return next(d for off in range(4) for d in (degree + off, degree - off) if d % 7 in wanted)


def cluster(gap: float, spread: tuple[int, ...] = (0, 1, 6)) -> Texture:
    """Dissonant swells that enter late and leave early, now and then."""

    def play(player: Player, bar: Bar) -> list[Note]:
        if player.chance.random() < gap and not bar.last:
            return []
        root = player.low + (bar.chord.root * 5) % max(1, player.high - player.low - max(spread))
        late = player.chance.uniform(0, 0.4) * bar.beats
        length = bar.beats * player.chance.uniform(0.7, 1.3)
        return [player.play(bar.start + late, length, root + step, bar.level) for step in spread]

    return play
