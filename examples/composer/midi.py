"""Notes to a Standard MIDI File, format 1."""

import struct
from dataclasses import dataclass

TICKS = 480  # a quarter note


@dataclass(frozen=True)
class Note:
    """A note: start and length in beats, MIDI pitch, velocity 1 to 127, channel."""

    start: float
    length: float
    pitch: int
    velocity: int
    channel: int


@dataclass(frozen=True)
class Voice:
    """A channel's General MIDI program, volume, pan and reverb send, 0 to 127 each."""

    program: int
    volume: int = 96
    pan: int = 64
    reverb: int = 70


def midi_file(notes: list[Note], voices: dict[int, Voice], tempo: list[tuple[float, float]]) -> bytes:
    """Return a MIDI file; `tempo` has (beat, beats a minute) in order."""
    conductor = [
        (round(beat * TICKS), 0, b"\xff\x51\x03" + round(60e6 / bpm).to_bytes(3, "big")) for beat, bpm in tempo
    ]
    tracks = [_track(conductor)]
    for channel, voice in sorted(voices.items()):
        events = [
            (0, 0, bytes([0xC0 | channel, voice.program])),
            (0, 0, bytes([0xB0 | channel, 7, voice.volume])),
            (0, 0, bytes([0xB0 | channel, 10, voice.pan])),
            (0, 0, bytes([0xB0 | channel, 91, voice.reverb])),
        ]
        for note in notes:
            if note.channel == channel:
                start = round(max(0.0, note.start) * TICKS)
                end = max(start + 1, round((note.start + note.length) * TICKS))
                velocity = min(127, max(1, note.velocity))
                events.append((start, 2, bytes([0x90 | channel, note.pitch, velocity])))
                events.append((end, 1, bytes([0x80 | channel, note.pitch, 0])))
        tracks.append(_track(events))
    return b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), TICKS) + b"".join(tracks)


def _track(events: list[tuple[int, int, bytes]]) -> bytes:
    data, now = bytearray(), 0
    for tick, _, message in sorted(events):
        data += _varying(tick - now) + message
        now = tick
    data += b"\x00\xff\x2f\x00"
    return b"MTrk" + struct.pack(">I", len(data)) + bytes(data)


def _varying(value: int) -> bytes:
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(0x80 | (value & 0x7F))
    return bytes(reversed(parts))
