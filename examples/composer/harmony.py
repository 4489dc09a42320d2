"""Scales, chords, and voicings that move as little as they can."""

from dataclasses import dataclass
from itertools import pairwise, product

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "octatonic": (0, 1, 3, 4, 6, 7, 9),
}


@dataclass(frozen=True)
class Key:
    """A tonic (MIDI pitch class) and a scale of seven degrees."""

    tonic: int
    scale: str

    def pitch(self, degree: int) -> int:
        """Return the pitch of a degree, counted from 0 at the tonic just below middle C's octave."""
        octave, step = divmod(degree, 7)
        return 48 + self.tonic + 12 * octave + SCALES[self.scale][step]


@dataclass(frozen=True)
class Chord:
    """A root degree and the degrees above it; `raised` lifts the third, for a dominant in minor."""

    root: int
    tones: tuple[int, ...] = (0, 2, 4)
    raised: bool = False

    def classes(self, key: Key) -> list[int]:
        """Return the chord's pitch classes, the root first."""
        found = [key.pitch(self.root + tone) % 12 for tone in self.tones]
        if self.raised:
            third = key.pitch(self.root + 2)
            found = [(c + 1) % 12 if c == third % 12 and (third - key.pitch(self.root)) % 12 == 3 else c for c in found]
        return found


def parse(text: str) -> list[Chord]:
    """Read chords such as `1 6- 4 57 1add`: degree, then `7`, `add` (ninth), `sus`, or `!` for a raised third."""
    chords = []
    for word in text.split():
        root, rest = int(word[0]) - 1, word[1:]
        tones = (
            (0, 2, 4, 6)
            if "7" in rest
            else (0, 2, 4, 8)
            if "add" in rest
            else (0, 3, 4)
            if "sus" in rest
            else (0, 2, 4)
        )
        chords.append(Chord(root, tones, "!" in rest))
    return chords


def voicing(classes: list[int], low: int, high: int, voices: int, before: list[int] | None) -> list[int]:
    """Return `voices` pitches in [low, high] that cover the chord, near the voicing before and well spread."""
    options = [p for p in range(low, high + 1) if p % 12 in classes]
    best, best_cost = options[:voices], 1e9
    for chosen in product(options, repeat=voices):
        if any(b - a < 2 or b - a > 12 for a, b in pairwise(chosen)):
            continue
        cost = 6.0 * len(set(classes) - {p % 12 for p in chosen})
        if before:
            cost += sum(abs(a - b) for a, b in zip(chosen, before, strict=True))
            cost += 2.0 * (len({b - a for a, b in zip(before, chosen, strict=True)}) == 1 and chosen != tuple(before))
        else:
            cost += abs(sum(chosen) / voices - (low + high) / 2)
        if cost < best_cost:
            best, best_cost = list(chosen), cost
    return best
