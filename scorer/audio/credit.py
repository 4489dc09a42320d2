"""Who made a track, and under which licence: from the file's tags, whatever the format calls them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import mutagen

from scorer.audio.metadata import read_metadata
from scorer.audio.tags import ARTIST, COMMENT, COPYRIGHT, LICENCE, SOURCE, TITLE, first, named_tags

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
    tags = {**read_metadata(path).tags, **_tags(path)}
    licence, address = licence_of(tags)
    sources = [found.group() for name in SOURCE if (found := _URL.search(tags.get(name, "")))]
    return Credit(
        title=first(tags, TITLE) or path.stem,
        artist=first(tags, ARTIST),
        licence=licence,
        licence_url=address,
        source=next((url for url in sources if not _CC_URL.search(url)), ""),
    )


def _tags(path: Path) -> dict[str, str]:
    """Return the tags as mutagen reads them, which knows links that ffmpeg does not."""
    try:
        return named_tags(mutagen.File(path))
    except (mutagen.MutagenError, OSError, ValueError):
        return {}


def licence_of(tags: Mapping[str, str]) -> tuple[str, str]:
    """Return the licence that tags tell, by the name of Creative Commons where it is theirs, and its address.

    A notice of copyright alone is no licence.
    """
    found = licence_in(*(tags.get(name, "") for name in (*LICENCE, *COPYRIGHT, *COMMENT)))
    return found if found[0] else (first(tags, LICENCE), "")


def licence_in(*texts: str) -> tuple[str, str]:
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
