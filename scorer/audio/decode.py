"""Sound files to arrays, through an ffmpeg process."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import IO

import numpy as np
from numpy.typing import NDArray

from scorer.audio.ffmpeg import ffmpeg_program, input_argument, probe, reason, require_file, widen
from scorer.errors import AudioError

FloatArray = NDArray[np.float32]
STALL_S = 120.0  # for a block of sound, which takes milliseconds
DECODE_TIMEOUT_S = 600.0  # one call to `decode`; ffmpeg reads an hour of MP3 in seconds


def audio_seconds(path: Path) -> float:
    """Return the length of a sound file in seconds, decoding it where its header does not say.

    Raises `AudioError` where it is missing, empty or not audio.
    """
    seconds, sample_rate, _ = probe(path)
    if seconds is not None:
        return seconds
    samples = sum(len(block) for block in stream(path, sample_rate=sample_rate, channels=1, block_s=30.0))
    return samples / sample_rate


def decode(
    path: Path,
    *,
    sample_rate: int,
    channels: int = 1,
    start_s: float = 0.0,
    seconds: float | None = None,
) -> FloatArray:
    """Decode a file, or `seconds` of it from `start_s` on, to float32 in [-1, 1].

    Returns shape (n,) for one channel, else (n, channels). Damaged parts that ffmpeg can step over are stepped
    over. Raises `AudioError` where nothing can be decoded.
    """
    require_file(path)
    command = _command(path, sample_rate, channels, start_s, seconds, "f32le")
    try:
        result = subprocess.run(command, capture_output=True, timeout=DECODE_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise AudioError(f"{path}: still decoding after {DECODE_TIMEOUT_S:.0f} s; skip or repair it") from error
    whole = len(result.stdout) // (4 * channels) * channels
    if whole == 0:
        talk = reason(result.stderr.decode("utf-8", "replace"), path)
        raise AudioError(f"{path}: {talk or 'no audio in it'}")
    samples = np.frombuffer(result.stdout, dtype="<f4", count=whole)
    samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0).astype(np.float32)
    shaped: FloatArray = samples if channels == 1 else samples.reshape(-1, channels)
    return shaped


def stream(
    path: Path, *, sample_rate: int, channels: int, block_s: float, start_s: float = 0.0
) -> Iterator[FloatArray]:
    """Decode a file in blocks of `block_s` seconds, float32 of shape (n, channels); the last may be shorter.

    The ffmpeg process is stopped when the generator is closed. Raises `AudioError` where nothing can be decoded.
    """
    for samples in stream_pcm16(path, sample_rate=sample_rate, channels=channels, block_s=block_s, start_s=start_s):
        yield samples.astype(np.float32) / 32768.0


def stream_pcm16(
    path: Path, *, sample_rate: int, channels: int, block_s: float, start_s: float = 0.0
) -> Iterator[NDArray[np.int16]]:
    """Decode as `stream` does, to 16-bit integers: a 16-bit source at its own rate comes out bit for bit."""
    require_file(path)
    block_bytes = max(1, round(block_s * sample_rate)) * channels * 2
    got_any = False
    with tempfile.TemporaryFile() as talk:
        command = _command(path, sample_rate, channels, start_s, None, "s16le")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=talk, stdin=subprocess.DEVNULL)
        assert process.stdout is not None
        widen(process.stdout)
        try:
            watched = _Watched(process, process.stdout)
            while block := watched.read(block_bytes):
                whole = len(block) // (2 * channels) * channels
                if whole:
                    got_any = True
                    yield np.frombuffer(block, dtype="<i2", count=whole).reshape(-1, channels)
            if watched.stalled:
                raise AudioError(f"{path}: the decoder stood still for {STALL_S:.0f} s; skip or repair the file")
        finally:
            process.stdout.close()
            process.kill()
            process.wait()
        if not got_any:
            talk.seek(0)
            raise AudioError(f"{path}: {reason(talk.read().decode('utf-8', 'replace'), path) or 'no audio in it'}")


class _Watched:
    """A decoder that is killed, which ends its output, where it gives no block in STALL_S."""

    def __init__(self, process: "subprocess.Popen[bytes]", pipe: IO[bytes]) -> None:
        self._process = process
        self._pipe = pipe
        self.stalled = False

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end."""
        timer = Timer(STALL_S, self._stop)
        timer.daemon = True
        timer.start()
        try:
            return self._pipe.read(size)
        finally:
            timer.cancel()

    def _stop(self) -> None:
        self.stalled = True
        self._process.kill()


def _command(
    path: Path, sample_rate: int, channels: int, start_s: float, seconds: float | None, sample_format: str
) -> list[str]:
    command = [ffmpeg_program(), "-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1"]
    if start_s > 0:
        command += ["-ss", f"{start_s:.6f}"]
    command += ["-i", input_argument(path), "-map", "0:a:0", "-vn", "-sn", "-dn"]
    if seconds is not None:
        command += ["-t", f"{seconds:.6f}"]
    return [*command, "-ac", str(channels), "-ar", str(sample_rate), "-f", sample_format, "pipe:1"]
