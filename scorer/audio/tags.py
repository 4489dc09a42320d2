"""Tags of sound files, whatever their format calls them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

# Vorbis comments and EasyID3-like names, ID3v2 frames, MP4 atoms, APEv2 and ASF, all in lower case
TITLE: Final = ("title", "tit2", "\xa9nam")
ARTIST: Final = ("artist", "tpe1", "\xa9art", "author", "albumartist", "album_artist", "tpe2", "aart")
ALBUM: Final = ("album", "talb", "\xa9alb", "wm/albumtitle")
LICENCE: Final = ("license", "licence", "txxx:license", "txxx:licence", "wcop", "----:com.apple.itunes:license")
COPYRIGHT: Final = ("copyright", "tcop", "cprt")
COMMENT: Final = ("comment", "comm", "\xa9cmt", "description", "txxx:comment")
SOURCE: Final = ("woaf", "woas", "woar", "website", "url", "contact", "source", "purl", "txxx:url", "wpub", "wxxx")


def named_tags(file: Any) -> dict[str, str]:
    """Return the texts of a file that mutagen has opened (or None), by their names in lower case.

    An ID3 frame that has a description or a language is there under its bare name, too: "comm::eng" as "comm".
    """
    tags: dict[str, str] = {}
    known = getattr(file, "tags", None) or {}
    for name in known.keys():  # noqa: SIM118 - not all tag classes iterate over keys
        text = _text(known[name])
        if text:
            tags[str(name).lower()] = text
            tags.setdefault(str(name).lower().split(":")[0], text)
    return tags


def first(tags: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the first tag of some names that is not empty, or ""."""
    return next(filter(None, (tags.get(name, "").strip() for name in names)), "")


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    value = getattr(value, "url", value)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = str(value).replace("\x00", "; ")
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
