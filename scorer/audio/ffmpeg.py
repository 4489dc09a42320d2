"""Where the ffmpeg program is, and how it is asked."""

import re
import shutil
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from scorer.errors import AudioError, InternalError

_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_AUDIO_STREAM = re.compile(r"Stream #.*: Audio: .*?(\d+) Hz, ([^,\n]+)")
_CHANNELS = {
    "mono": 1,
    "stereo": 2,
    "2.1": 3,
    "3.0": 3,
    "4.0": 4,
    "quad": 4,
    "5.0": 5,
    "5.1": 6,
    "6.1": 7,
    "7.1": 8,
}
PIPE_BYTES = 1 << 20
PROBE_TIMEOUT_S = 30.0  # a header is read in milliseconds; a decoder that needs longer is stuck


@cache
def ffmpeg_program() -> str:
    """Return the system's ffmpeg where it is on PATH, else the one that imageio-ffmpeg carries.

    Raises `InternalError` where there is neither.
    """
    found = shutil.which("ffmpeg")
    if found:
        return found
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise InternalError("no ffmpeg program on PATH or in imageio-ffmpeg; install ffmpeg") from error


@cache
def ffmpeg_version() -> str:
    """Return the version of the ffmpeg program, as it tells it."""
    told = subprocess.run([ffmpeg_program(), "-version"], capture_output=True, timeout=PROBE_TIMEOUT_S, check=False)
    return (told.stdout.decode("utf-8", "replace").split("Copyright")[0]).strip()


def input_argument(path: Path) -> str:
    """Return `path` so that ffmpeg takes it for a local file, whatever characters it has."""
    return f"file:{path}"


def probe(path: Path) -> tuple[float | None, int, int]:
    """Return (seconds or None where the header does not say, sample rate in Hz, channels) of the first audio stream.

    Raises `AudioError` where the file is missing, empty or has no audio stream.
    """
    require_file(path)
    command = [ffmpeg_program(), "-hide_banner", "-nostdin", "-i", input_argument(path)]
    try:
        result = subprocess.run(command, capture_output=True, timeout=PROBE_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise AudioError(f"{path}: ffmpeg did not answer in {PROBE_TIMEOUT_S:.0f} s; skip or repair it") from error
    text = result.stderr.decode("utf-8", "replace")
    stream = _AUDIO_STREAM.search(text)
    if not stream:
        raise AudioError(f"{path}: {reason(text, path) or 'no audio in it'}")
    duration = _DURATION.search(text)
    seconds = None
    if duration:
        hours, minutes, rest = duration.groups()
        seconds = int(hours) * 3600 + int(minutes) * 60 + float(rest)
    return seconds, int(stream.group(1)), _channels(stream.group(2))


def _channels(layout: str) -> int:
    name = layout.strip().split("(")[0]
    if name in _CHANNELS:
        return _CHANNELS[name]
    count = re.match(r"(\d+) channels", layout.strip())
    return int(count.group(1)) if count else 2


def widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold a mebibyte, where the system lets us: else both ends wait for each other far more often."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def require_file(path: Path) -> None:
    """Raise `AudioError` where `path` is no file with something in it."""
    if not path.exists():
        raise AudioError(f"{path}: no such file")
    if not path.is_file():
        raise AudioError(f"{path}: not a file")
    if path.stat().st_size == 0:
        raise AudioError(f"{path}: the file is empty")


def reason(stderr: str, path: Path) -> str:
    """Return the last line of ffmpeg's talk that says what is wrong, without the path and addresses."""
    lines = [line.strip() for line in stderr.splitlines()]
    useful = [line for line in lines if not line.startswith(("At least one output", "Error opening input files"))]
    return next(filter(None, (_bare(line, path) for line in reversed(useful))), "")


def _bare(line: str, path: Path) -> str:
    line = re.sub(r"^\[[^\]]*\] ", "", line).replace(input_argument(path), "").replace(str(path), "")
    return re.sub(r"^Error opening input: |^Error opening input file\s*\.?\s*", "", line).strip(" :.").lower()
