"""Pieces: the finished sections of a mix, kept beside it until all are there, so that a stopped render goes on.

They are raw 16-bit samples, because packing and unpacking them would take longer than mixing.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scorer.errors import AudioError
from scorer.files import whole_file
from scorer.mix.pcm import FloatArray, Pcm

if TYPE_CHECKING:
    from typing_extensions import Buffer


@dataclass(frozen=True, slots=True)
class Piece:
    """A mixed section: its sound, its stems where they are asked for, both raw, and its bed's energies, (frames,)."""

    sound: Path
    stems: tuple[Path, ...]
    bed: FloatArray


class Pieces:
    """The folder of a mix's pieces. What belongs to a mix with another `plan` is thrown away."""

    def __init__(self, target: Path, plan: str, stems: bool) -> None:
        self.folder = target.parent / f".{target.name}.pieces"
        self._stems = stems
        mark = self.folder / hashlib.sha256(f"{plan}{stems}".encode()).hexdigest()
        try:
            if not mark.exists():
                self.remove()
                self.folder.mkdir()
                mark.touch()
        except OSError as error:
            raise AudioError(f"{target.parent}: cannot write there ({error.strerror}); choose another place") from error

    def paths(self, number: int) -> tuple[Path, ...]:
        """Return where the sound of piece `number` goes, then its stems'."""
        names = ("mix", "speech", "music") if self._stems else ("mix",)
        return tuple(self.folder / f"{number:04d}-{name}.s16" for name in names)

    def finished(self, number: int) -> Piece | None:
        """Return piece `number` where it is there."""
        try:
            with np.load(self._figures(number)) as figures:
                sound, *stems = self.paths(number)
                return Piece(sound, tuple(stems), figures["bed"])
        except OSError:
            return None

    def finish(self, number: int, bed: FloatArray) -> None:
        """Note that piece `number` is there, and its figures."""
        with whole_file(self._figures(number)) as part:
            np.savez(part, bed=bed)

    @contextmanager
    def kept_if_any(self) -> Iterator[None]:
        """Leave the folder behind, when the block is left by an error, only with a finished piece in it."""
        try:
            yield
        except BaseException:
            if self.finished(0) is None:
                self.remove()
            raise

    def remove(self) -> None:
        """Throw the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _figures(self, number: int) -> Path:
        return self.folder / f"{number:04d}.npz"


@contextmanager
def writing(path: Path) -> Iterator["Callable[[Buffer], object]"]:
    """Yield a function that writes to a file. Raises `AudioError` where that cannot be (a full disk, say)."""
    try:
        with path.open("wb") as file:
            yield file.write
    except OSError as error:
        raise AudioError(f"{path.parent.parent}: cannot write the mix there ({error.strerror})") from error


def read_pieces(files: Sequence[Path], channels: int, block: int) -> Iterator[Pcm]:
    """Yield the samples of pieces, one after the other, in blocks (n, channels) of at most `block`."""
    for path in files:
        with path.open("rb") as file:
            while data := file.read(2 * channels * block):
                yield np.frombuffer(data, "<i2").reshape(-1, channels)


def bed_energies(pieces: Sequence[Piece]) -> FloatArray:
    """Return the bed's energies, (frames,), of all pieces."""
    return np.concatenate([piece.bed for piece in pieces])
