"""Who made a track, and under which licence: from the file's tags, whatever the format calls them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import mutagen

from scorer.audio.metadata import read_metadata

# the names of ID3 frames, Vorbis comments, MP4 atoms and RIFF chunks (by ffmpeg's names)
TITLE: Final = ("tit2", "title", "\xa9nam")
ARTIST: Final = ("tpe1", "artist", "\xa9art", "albumartist", "tpe2", "aart", "album_artist")
LICENCE: Final = ("wcop", "license", "licence", "txxx:license", "----:com.apple.itunes:license")
SOURCE: Final = ("woaf", "woas", "woar", "website", "url", "contact", "source", "purl", "txxx:url", "wpub", "wxxx")
# where a licence may stand, but also anything else
ANYWHERE: Final = ("copyright", "tcop", "cprt", "comment", "comm", "\xa9cmt", "description", "txxx:comment")
_URL = re.compile(r"https?://[^\s<>\"']+")
_CC_URL = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)/(\d\.\d)|publicdomain/(zero|mark)/(\d\.\d))", re.I)
_CC_NAME = re.compile(
    r"\b(?:cc|creative\s+commons)[\s-]*(zero|0|(?:by|attribution)(?:[\s-]*(?:nc|nd|sa|non-?commercial|no-?deriv\w*|"
    r"share-?alike))*)(?:[\s-]*v?(\d(?:\.\d)?))?(?![\w.])",
    re.I,
)
_PUBLIC_DOMAIN = re.compile(r"\bpublic\s+domain\b", re.I)
SHORT: Final = {"attribution": "by", "noncommercial": "nc", "noderiv": "nd", "sharealike": "sa"}


@dataclass(frozen=True, slots=True)
class Credit:
    """A track's title (else its file's name), artist, licence, licence's address and source, '' where not told."""

    title: str
    artist: str
    licence: str
    licence_url: str
    source: str

    def line(self) -> str:
        """Return the credit as Creative Commons recommends: title, author, source, licence."""
        made = f'"{self.title}" by {self.artist}' if self.artist else f'"{self.title}" (artist not told)'
        where = f" ({self.source})" if self.source else ""
        if not self.licence:
            return f"{made}{where}: no licence in its tags"
        address = f" ({self.licence_url})" if self.licence_url else ""
        return f"{made}{where}, licence: {self.licence}{address}"


def read_credit(path: Path) -> Credit:
    """Return what a music file's tags tell; of one that cannot be read, its name."""
    tags = dict(_tags(path))
    licence, address = _licence([*_values(tags, LICENCE), *_values(tags, ANYWHERE)])
    told = next(iter(_values(tags, LICENCE)), "")
    sources = [found.group() for text in _values(tags, SOURCE) if (found := _URL.search(text))]
    return Credit(
        title=next(iter(_values(tags, TITLE)), path.stem),
        artist=next(iter(_values(tags, ARTIST)), ""),
        licence=licence or told,
        licence_url=address,
        source=next((url for url in sources if not _CC_URL.search(url)), ""),
    )


def _tags(path: Path) -> Iterator[tuple[str, str]]:
    """Yield names in lower case and texts: as ffmpeg reads them, then mutagen, which knows links, too."""
    yield from read_metadata(path).tags.items()
    try:
        file = mutagen.File(path)
    except (mutagen.MutagenError, OSError, ValueError):
        return
    for name, value in (file.tags or {}).items() if file is not None else ():
        kind = name.lower() if name.lower().startswith(("txxx:", "----:")) else name.lower().split(":")[0]
        text = _text(value)
        if text:
            yield kind, text


def _text(value: Any) -> str:
    for each in value if isinstance(value, list) else [value]:
        for found in (getattr(each, "url", None), *(getattr(each, "text", None) or ()), each):
            if isinstance(found, bytes):
                return found.decode("utf-8", "replace").strip()
            if isinstance(found, str) and found.strip():
                return " ".join(found.split())
    return ""


def _values(tags: dict[str, str], names: tuple[str, ...]) -> list[str]:
    return [tags[name] for name in names if tags.get(name, "").strip()]


def _licence(texts: list[str]) -> tuple[str, str]:
    """Return a licence's name and address where a text has one of Creative Commons', or the public domain."""
    for text in texts:
        if found := _CC_URL.search(text):
            kind, version, public, edition = (part.lower() if part else "" for part in found.groups())
            if public:
                name = f"CC0 {edition}" if public == "zero" else f"Public Domain Mark {edition}"
                return name, f"https://creativecommons.org/publicdomain/{public}/{edition}/"
            return f"CC {kind.upper()} {version}", f"https://creativecommons.org/licenses/{kind}/{version}/"
    for text in texts:
        if found := _CC_NAME.search(text):
            return _named(found.group(1).lower(), found.group(2) or "")
        if _PUBLIC_DOMAIN.search(text):
            return "public domain", ""
    return "", ""


def _named(kind: str, version: str) -> tuple[str, str]:
    if kind in ("zero", "0"):
        return "CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"
    plain = re.sub(r"[\s-]", "", kind)
    for word, short in SHORT.items():
        plain = plain.replace(word, short)
    name = "-".join(re.findall("by|nc|nd|sa", plain))
    version = f"{version}.0" if len(version) == 1 else version
    if not version:
        return f"CC {name.upper()}", ""
    return f"CC {name.upper()} {version}", f"https://creativecommons.org/licenses/{name}/{version}/"
