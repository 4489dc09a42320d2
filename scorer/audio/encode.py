"""Samples to a sound file, through an ffmpeg process that is fed raw PCM block by block."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from scorer.audio.ffmpeg import ffmpeg_program, input_argument, reason
from scorer.errors import AudioError

Write = Callable[[bytes], object]

# `-rf64 auto`: a plain WAV header up to 4 GB, RF64 above, where a plain one cannot hold the length.
CODECS: Final = {
    ".wav": ("-c:a", "pcm_s16le", "-rf64", "auto"),
    ".flac": ("-c:a", "flac", "-sample_fmt", "s16"),
    ".mp3": ("-c:a", "libmp3lame", "-b:a", "192k"),
    ".ogg": ("-c:a", "libvorbis", "-q:a", "6"),
    ".opus": ("-c:a", "libopus", "-b:a", "128k"),
}


def require_output_format(target: Path) -> None:
    """Raise `AudioError` where the suffix of `target` names none of the formats that can be written."""
    if target.suffix.lower() not in CODECS:
        raise AudioError(f"{target}: cannot write '{target.suffix}'; end the name in one of {', '.join(CODECS)}")


@contextmanager
def encoder(target: Path, *, sample_rate: int, channels: int) -> Iterator[Write]:
    """Yield a function that takes raw 16-bit little-endian PCM; the file is complete when the block ends.

    The format follows the suffix. The ffmpeg process is stopped when the block is left by an error. Raises `AudioError`
    where the suffix is unknown or ffmpeg cannot write (a full disk, say).
    """
    require_output_format(target)
    with tempfile.TemporaryFile() as talk:
        # A session of its own: Ctrl-C is for this program, which then stops ffmpeg itself.
        process = subprocess.Popen(
            _command(target, sample_rate, channels),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=talk,
            start_new_session=True,
        )
        pipe = process.stdin
        assert pipe is not None
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


def _command(target: Path, sample_rate: int, channels: int) -> list[str]:
    source = ["-f", "s16le", "-ar", str(sample_rate), "-ac", str(channels), "-i", "pipe:0"]
    talk = ["-hide_banner", "-loglevel", "error", "-y"]
    return [ffmpeg_program(), *talk, *source, *CODECS[target.suffix.lower()], input_argument(target)]
