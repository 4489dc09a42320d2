"""Samples to a sound file, through an ffmpeg process that is fed raw PCM block by block."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scorer.audio.ffmpeg import ffmpeg_program, input_argument, reason, widen
from scorer.audio.metadata import Mark, chapter_comments, format_metadata
from scorer.errors import AudioError

if TYPE_CHECKING:
    from typing_extensions import Buffer

Write = Callable[["Buffer"], object]

# `copy`: what comes is what a WAV file holds. `-rf64 auto`: a plain WAV header up to 4 GB, RF64 above, where a plain
# one cannot hold the length.
CODECS: Final = {
    ".wav": ("-c:a", "copy", "-rf64", "auto"),
    ".flac": ("-c:a", "flac", "-sample_fmt", "s16"),
    ".mp3": ("-c:a", "libmp3lame", "-b:a", "192k"),
    ".ogg": ("-c:a", "libvorbis", "-q:a", "6"),
    ".opus": ("-c:a", "libopus", "-b:a", "128k"),
    ".m4b": ("-c:a", "aac", "-b:a", "128k", "-f", "mp4", "-movflags", "+faststart"),
}
COMMENTED: Final = frozenset((".flac", ".ogg", ".opus"))  # chapters are Vorbis comments, which ffmpeg garbles or omits
QUEUE: Final = "512"  # packets
PIPE_READ: Final = "262144"  # bytes that ffmpeg asks the pipe for at a time; by its own 32 KB it calls far more often
PICTURED: Final = frozenset((".flac", ".mp3", ".m4b"))  # formats that a cover fits in


@dataclass(frozen=True, slots=True)
class Label:
    """What a file of so many seconds tells of itself: tags, chapters and a cover."""

    tags: Mapping[str, str]
    marks: Sequence[Mark]
    seconds: float
    cover: Path | None = None


def require_output_format(target: Path) -> None:
    """Raise `AudioError` where the suffix of `target` names none of the formats that can be written."""
    if target.suffix.lower() not in CODECS:
        raise AudioError(f"{target}: cannot write '{target.suffix}'; end the name in one of {', '.join(CODECS)}")


@contextmanager
def encoder(target: Path, *, sample_rate: int, channels: int, label: Label | None = None) -> Iterator[Write]:
    """Yield a function that takes raw 16-bit little-endian PCM; the file is complete when the block ends.

    The format follows the suffix. The ffmpeg process is stopped when the block is left by an error. Raises `AudioError`
    where the suffix is unknown or ffmpeg cannot write (a full disk, say).
    """
    require_output_format(target)
    with tempfile.TemporaryFile() as talk, tempfile.TemporaryDirectory(prefix="scorer-") as scratch:
        # A session of its own: Ctrl-C is for this program, which then stops ffmpeg itself.
        process = subprocess.Popen(
            _command(target, sample_rate, channels, label, Path(scratch)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=talk,
            start_new_session=True,
        )
        pipe = process.stdin
        assert pipe is not None
        widen(pipe)
        try:
            try:
                yield pipe.write
                pipe.close()
                failed = process.wait() != 0
            except BrokenPipeError:
                failed = True
            if failed:
                talk.seek(0)
                why = reason(talk.read().decode("utf-8", "replace"), target)
                raise AudioError(f"{target.parent}: cannot write the sound file ({why or 'ffmpeg stopped'})")
        finally:
            process.kill()
            with suppress(BrokenPipeError):
                pipe.close()
            process.wait()


def _command(target: Path, sample_rate: int, channels: int, label: Label | None, scratch: Path) -> list[str]:
    suffix = target.suffix.lower()
    # with a second input ffmpeg reads each in a thread, and would wait for this one's short queue again and again
    queue = ["-thread_queue_size", QUEUE] if label else []
    sound = ["-f", "s16le", "-ar", str(sample_rate), "-ac", str(channels), "-blocksize", PIPE_READ]
    source = [*queue, *sound, "-i", "pipe:0"]
    maps = ["-map", "0:a"]
    if label:
        tags = scratch / "tags.txt"
        told = label.tags if suffix not in COMMENTED else {**label.tags, **chapter_comments(label.marks)}
        tags.write_text(format_metadata(told, label.marks, label.seconds), encoding="utf-8")
        source += ["-f", "ffmetadata", "-i", input_argument(tags)]
        chapters = "-1" if suffix in COMMENTED else "1"
        maps += ["-map_metadata", "1", "-map_chapters", chapters, "-id3v2_version", "3"]
        if label.cover and suffix in PICTURED:
            source += ["-i", input_argument(label.cover)]
            maps += ["-map", "2:v", "-c:v", "copy", "-disposition:v", "attached_pic"]
    talk = ["-hide_banner", "-loglevel", "error", "-y"]
    return [ffmpeg_program(), *talk, *source, *maps, *CODECS[suffix], input_argument(target)]
