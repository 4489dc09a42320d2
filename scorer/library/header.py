"""What a sound file says of itself: tags, and the length that it promises."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import mutagen
from mutagen.mp3 import BitrateMode

from scorer.audio.credit import licence_of
from scorer.audio.tags import ALBUM, ARTIST, TITLE, first, named_tags
from scorer.library.track import printable

log = logging.getLogger(__name__)

_FIELDS: Final = {"title": TITLE, "artist": ARTIST, "album": ALBUM}
# Their headers count samples or frames; raw streams have none, and a length of theirs is a guess from the bit rate.
_COUNTED: Final = frozenset({"FLAC", "WAVE", "AIFF", "MP4", "WavPack", "ASF", "MonkeysAudio", "TrueAudio"})
_ENCRYPTED: Final = frozenset({"drms", "enca", "aavd"})  # FairPlay, Common Encryption, Audible
_ASF: Final = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_ENCRYPTION: Final = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
_ASF_HEAD: Final = 64 * 1024  # bytes, in which the header's objects begin
_OGG_PAGE: Final = 27 + 255 + 255 * 255  # bytes, the longest there is
_STREAMED_WAV: Final = 0xFFFF_0000  # bytes: a writer that could not go back left the largest number as the size


@dataclass(frozen=True, slots=True)
class Header:
    """Tags ("" where there are none) and the length in seconds, None where the header does not say or only guesses.

    `counted` tells that the length stood in the file before its sound did, so that less sound is a file cut short.
    `torn` tells that the file ends in the middle of a page, `protected` that its sound is encrypted.
    """

    title: str
    artist: str
    album: str
    licence: str
    seconds: float | None
    counted: bool
    torn: bool
    protected: bool


def read_header(path: Path) -> Header:
    """Read tags and length. A header that makes no sense is one that says nothing; raises `OSError` only."""
    torn = _torn(path)
    try:
        file = mutagen.File(path)
    except Exception as error:  # a damaged file can make a tag reader fail in any way
        log.debug("%s: no header: %s: %s", path, type(error).__name__, error)
        file = None
    known = _tags(path, file)
    tags = {field: first(known, names) for field, names in _FIELDS.items()}
    tags["title"] = tags["title"] or printable(path.stem)
    seconds = _seconds(file)
    return Header(
        **tags,
        licence=licence_of(known)[0],
        seconds=seconds,
        counted=seconds is not None and _counted(file),
        torn=torn,
        protected=_protected(path, file),
    )


def _seconds(file: Any) -> float | None:
    if not _counted(file) and not type(file).__name__.startswith("Ogg"):
        return None
    length = float(getattr(getattr(file, "info", None), "length", 0.0))
    if length <= 0.0:
        return None
    if type(file).__name__ == "WAVE" and length * file.info.bitrate / 8 >= _STREAMED_WAV:
        return None
    return length


def _counted(file: Any) -> bool:
    kind = type(file).__name__
    if kind == "MP3":
        return bool(file.info.bitrate_mode != BitrateMode.UNKNOWN and not file.info.sketchy)
    return kind in _COUNTED


def _tags(path: Path, file: Any) -> dict[str, str]:
    try:
        return named_tags(file)
    except Exception as error:
        log.debug("%s: no tags: %s: %s", path, type(error).__name__, error)
        return {}


def _protected(path: Path, file: Any) -> bool:
    """Tell whether a file needs a key: MP4 says so in its codec, ASF by an object in its header."""
    if getattr(getattr(file, "info", None), "codec", "") in _ENCRYPTED:
        return True
    with path.open("rb") as opened:
        return opened.read(len(_ASF)) == _ASF and _ASF_ENCRYPTION in opened.read(_ASF_HEAD)


def _torn(path: Path) -> bool:
    """Tell whether an Ogg file ends inside its last page (RFC 3533, section 6); other files never do."""
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return False
        size = file.seek(0, 2)
        file.seek(max(0, size - _OGG_PAGE))
        tail = file.read()
    start = tail.rfind(b"OggS")
    if start < 0:
        return False
    segments = tail[start + 26] if len(tail) > start + 26 else 255
    table = tail[start + 27 : start + 27 + segments]
    return len(table) < segments or start + 27 + segments + sum(table) > len(tail)
