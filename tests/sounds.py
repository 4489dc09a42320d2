"""Small sound files of every kind, and seeded mutations of them."""

import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from scorer.audio.ffmpeg import ffmpeg_program

KINDS: Final = ("mp3", "flac", "ogg", "opus", "wav", "aiff", "m4a", "wma", "mka", "aac", "au", "caf")
TAGS: Final = ("title=Night", "artist=Ann", "album=Tales", "copyright=CC BY 4.0", "comment=a comment")
SALT: Final = (
    *(b"\x00", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xfe", b"\x00" * 64, b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f"),
    *(
        b"APETAGEX",
        b"OggS",
        b"fLaC",
        b"RIFF\xff\xff\xff\xffWAVE",
        b"moov",
        b"\x00\x00\x00\x01mdat",
        b"stco",
        b"TXXX",
        b"APIC",
    ),
    *(
        b"LAME",
        b"Xing\x00\x00\x00\x0f\xff\xff\xff\xff",
        b"TAG" + b"x" * 125,
        b"\xff\xfb\x90\x64",
        b"#EXTM3U\n",
        b"../../etc/passwd",
    ),
)


def sound(path: Path, seconds: float, *options: str, source: str = "sine=f=330") -> Path:
    """Write a tone with ffmpeg; its options choose the format."""
    command = [ffmpeg_program(), "-v", "error", "-y", "-f", "lavfi", "-i", f"{source}:d={seconds}", *options]
    subprocess.run([*command, f"file:{path}"], check=True)
    return path


def of_every_kind(folder: Path) -> dict[str, bytes]:
    """Return a short file with tags of each of KINDS."""
    tags = [part for tag in TAGS for part in ("-metadata", tag)]
    found = {}
    for kind in KINDS:
        more = ("-write_id3v2", "1") if kind == "aiff" else ()
        found[kind] = sound(
            folder / f"whole.{kind}", 1.2, *tags, *more, "-ar", "16000" if kind != "opus" else "48000"
        ).read_bytes()
    return found


def _span(rng: random.Random, data: bytes) -> tuple[int, int]:
    """Return a stretch, every other time in the head, where the tags and sizes are."""
    end = min(len(data), 600) if rng.random() < 0.5 else len(data)
    start = rng.randrange(end + 1)
    return start, min(len(data), start + int(2 ** rng.uniform(0, 9)))


def _cut(rng: random.Random, data: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:start] + data[end:]


def _end(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _double(rng: random.Random, data: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:end] + data[start:end] * rng.choice((1, 2, 30)) + data[end:]


def _salt(rng: random.Random, data: bytes) -> bytes:
    start, _ = _span(rng, data)
    return data[:start] + rng.choice(SALT) + data[start + rng.choice((0, 4)) :]


def _noise(rng: random.Random, data: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:start] + rng.randbytes(end - start) + data[end:]


def _bits(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 3, 20))):
        if changed:
            start, _ = _span(rng, data)
            changed[min(start, len(changed) - 1)] ^= 1 << rng.randrange(8)
    return bytes(changed)


CHANGES: Final[tuple[Callable[[random.Random, bytes], bytes], ...]] = (
    _cut,
    _end,
    _double,
    _salt,
    _salt,
    _noise,
    _bits,
    _bits,
)


def mutations(seed: int, count: int, data: bytes) -> Iterator[bytes]:
    """Yield `count` mutations of a file; the same seed gives the same."""
    rng = random.Random(seed)
    for _ in range(count):
        changed = data
        for _ in range(rng.randint(1, 3)):
            changed = rng.choice(CHANGES)(rng, changed)
        yield changed
