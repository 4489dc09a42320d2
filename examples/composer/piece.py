"""A piece: its key, chords and parts; and the notes that they become."""

from dataclasses import dataclass
from itertools import pairwise

from composer.harmony import Key, parse
from composer.midi import Note, Voice, midi_file
from composer.texture import Bar, Player, Texture

DRUMS = 9  # General MIDI's percussion channel
SLOWED = 0.82  # tempo of the last bars of a piece that ends with a ritardando


@dataclass(frozen=True)
class Part:
    """An instrument and what it plays; `first` and `until` are bars, `program` None is the drum kit."""

    program: int | None
    low: int
    high: int
    loud: int
    texture: Texture
    pan: int = 64
    first: int = 0
    until: int = 1000
    reverb: int = 70


@dataclass(frozen=True)
class Piece:
    """A track to be: `levels` is a digit (0 to 9) for each stretch of equal length, interpolated bar by bar."""

    title: str
    mood: str
    tonic: int
    scale: str
    chords: str
    bars: int
    beats: int
    bpm: float
    levels: str
    parts: tuple[Part, ...]
    broadens: bool = False
    drive: float = 0.0  # dB into the clipper

    @property
    def name(self) -> str:
        """The file's stem."""
        return self.title.lower().replace(" ", "-").replace("'", "")

    @property
    def seconds(self) -> float:
        """Length to the end of the last bar."""
        changes = [*self._tempo(), (self.bars * self.beats, 0.0)]
        return sum((after - at) * 60 / bpm for (at, bpm), (after, _) in pairwise(changes))

    def midi(self, seed: int) -> bytes:
        """Return the piece as a Standard MIDI File; the seed is that of its human touch."""
        notes: list[Note] = []
        voices: dict[int, Voice] = {}
        channels = iter(c for c in range(16) if c != DRUMS)
        for number, part in enumerate(self.parts):
            channel = DRUMS if part.program is None else next(channels)
            voices[channel] = Voice(part.program or 0, pan=part.pan, reverb=part.reverb)
            player = Player(Key(self.tonic, self.scale), channel, part.low, part.high, part.loud, seed * 100 + number)
            for bar in self._bars():
                if part.first <= bar.number < part.until or (bar.last and part.until > self.bars):
                    notes += part.texture(player, bar)
        return midi_file(notes, voices, self._tempo())

    def _bars(self) -> list[Bar]:
        chords = parse(self.chords)
        made = [
            Bar(i * self.beats, self.beats, chords[i % len(chords)], i, self._level(i)) for i in range(self.bars - 1)
        ]
        end = (self.bars - 1) * self.beats
        return [*made, Bar(end, self.beats, parse("1")[0], self.bars - 1, self._level(self.bars - 1), last=True)]

    def _level(self, bar: int) -> float:
        at = bar / max(1, self.bars - 1) * (len(self.levels) - 1)
        left = min(int(at), len(self.levels) - 2)
        low, high = int(self.levels[left]), int(self.levels[left + 1])
        return (low + (high - low) * (at - left)) / 9

    def _tempo(self) -> list[tuple[float, float]]:
        if not self.broadens:
            return [(0.0, self.bpm)]
        turn = (self.bars - 3) * self.beats
        return [(0.0, self.bpm), (turn, self.bpm * (1 + SLOWED) / 2), (turn + self.beats, self.bpm * SLOWED)]
