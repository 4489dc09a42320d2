"""The EPUB's archive: members read one by one, with limits, and never when they are locked."""

import posixpath
import shutil
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from lxml import etree

from scorer.errors import BookError

MOST_BYTES_A_MEMBER: Final = 32 << 20  # the longest novels have 4 MB in one document
MOST_BYTES: Final = 128 << 20  # of all that is read as text
MOST_PACKED: Final = 20  # times; compressed sound packs no further, and silence in a WAV file is no narration
MOST_PACKED_TEXT: Final = 100  # times; markup packs to a tenth, and what packs further is short
SHORT: Final = 1 << 20  # bytes, however well packed
MOST_DIRECTORY: Final = 8 << 20  # bytes of the archive's table of members, about 80,000 of them
MOST_MEMBERS: Final = 100_000
LONGEST_SUFFIX: Final = 8
FONT_OBFUSCATION: Final = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
LOCKS: Final = {
    "META-INF/sinf.xml": "Apple FairPlay",
    "META-INF/license.lcpl": "Readium LCP",
    "META-INF/rights.xml": "Adobe ADEPT",
}


class Archive:
    """A zip file opened as an EPUB; a context manager.

    Raises `BookError` on opening where the file is missing, no zip file, or locked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = 0
        try:
            if _directory_bytes(path) > MOST_DIRECTORY:
                raise BookError(f"{path}: has more files in it than a book can; this looks like a zip bomb")
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError as error:
            raise BookError(f"{path}: no such file") from error
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise BookError(f"{path}: not an EPUB (it is no zip archive); give an .epub, .txt or .md file") from error
        except OSError as error:
            raise BookError(f"{path}: cannot be opened ({error.strerror or error})") from error
        self._names = {_plain(name): name for name in self._zip.namelist()[:MOST_MEMBERS]}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def find(self, name: str) -> str | None:
        """Return the member that `name`, perhaps percent-encoded or in another case, stands for, or None."""
        for plain in (_plain(name), _plain(unquote(name))):
            if plain in self._names:
                return plain
        lower = {known.lower(): known for known in self._names}
        return lower.get(_plain(unquote(name)).lower())

    def read(self, name: str) -> bytes | None:
        """Return a member's bytes, or None where there is none of that name or it is damaged.

        Raises `BookError` for a member, or a sum of members, of more than a book can be.
        """
        member = self.find(name)
        if member is None:
            return None
        info = self._zip.getinfo(self._names[member])
        self._read += info.file_size
        packed = info.file_size > max(SHORT, MOST_PACKED_TEXT * info.compress_size)
        if packed or info.file_size > MOST_BYTES_A_MEMBER or self._read > MOST_BYTES:
            raise BookError(f"{self.path}: {member} unpacks to more than a book can be; this looks like a zip bomb")
        try:
            with self._zip.open(info) as stream:
                data = stream.read(MOST_BYTES_A_MEMBER + 1)
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error):
            return None
        return data if len(data) <= MOST_BYTES_A_MEMBER else None

    def extract(self, name: str, folder: Path) -> Path | None:
        """Copy a member, sound say, into a folder under a name of ours with its suffix; None where there is none.

        Raises `BookError` where it unpacks to what no packed sound does, or is damaged.
        """
        member = self.find(name)
        if member is None:
            return None
        info = self._zip.getinfo(self._names[member])
        if info.file_size > MOST_BYTES_A_MEMBER and info.file_size > MOST_PACKED * info.compress_size:
            raise BookError(f"{self.path}: {member} unpacks to more than sound can; this looks like a zip bomb")
        suffix = posixpath.splitext(member)[1][: LONGEST_SUFFIX + 1]
        target = folder / f"{len(list(folder.iterdir())):04d}{suffix if suffix[1:].isalnum() else ''}"
        try:
            with self._zip.open(info) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
            raise BookError(f"{self.path}: {member} is damaged ({error})") from error
        return target

    def refuse_locked(self) -> None:
        """Raise `BookError` where more than fonts is encrypted, saying by whom it looks locked."""
        locker = next((name for file, name in LOCKS.items() if self.find(file)), None)
        data = self.read("META-INF/encryption.xml")
        locked = data is not None and self._encrypts_content(data)
        if locked or (locker and locker != "Adobe ADEPT"):
            by = f", it looks like, by {locker}" if locker else ""
            raise BookError(f"{self.path}: the book is locked{by} (DRM); scorer cannot read it, get an unlocked copy")

    def _encrypts_content(self, data: bytes) -> bool:
        root = parse_xml(data)
        if root is None:
            return True
        methods = [
            e.get("Algorithm", "") for e in root.iter("{*}EncryptedData/{*}EncryptionMethod", "{*}EncryptionMethod")
        ]
        parents = list(root.iter("{*}EncryptedData"))
        return any(method not in FONT_OBFUSCATION for method in methods) or (bool(parents) and not methods)


def parse_xml(data: bytes) -> "etree._Element | None":
    """Parse XML leniently, without entities, external files or network; None where nothing is left of it."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _plain(name: str) -> str:
    """Return a name in one spelling; `..` leads no higher than the archive's root (EPUB 3.3, section 4.2.5)."""
    return unicodedata.normalize("NFC", posixpath.normpath(f"/{name}").lstrip("/"))


def _directory_bytes(path: Path) -> int:
    """Return the size of a zip file's central directory, 0 where there is none (APPNOTE.TXT 4.3.14 and 4.3.16)."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - (1 << 16) - 128))
        tail = file.read()
    end, end_64 = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    size = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    return max(size % 0xFFFFFFFF, int.from_bytes(tail[end_64 + 40 : end_64 + 48], "little") if end_64 >= 0 else 0)
