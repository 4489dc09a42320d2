"""Read the story with espeak-ng: python examples/narrate.py [TARGET]. Needs the programs espeak-ng and ffmpeg.

Front matter is not read. A paragraph is followed by a short pause, a chapter by a longer one.
"""

import subprocess
import sys
import tempfile
import wave
from pathlib import Path

from build_epub import HERE, chapters

TARGET = HERE / "narration.ogg"
VOICE = ["-v", "en-gb", "-s", "158", "-p", "42", "-g", "2"]
AFTER_PARAGRAPH_S = 0.7
AFTER_TITLE_S = 1.2
AFTER_CHAPTER_S = 2.5


def spoken(text: str) -> tuple[bytes, int]:
    """Return 16-bit mono PCM of a text read aloud, and its sample rate."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        subprocess.run(["espeak-ng", *VOICE, "-w", str(path), "--stdin"], input=text.encode(), check=True)
        with wave.open(str(path)) as sound:
            return sound.readframes(sound.getnframes()), sound.getframerate()


def main(target: Path) -> None:
    """Write the narration."""
    pcm, rate = bytearray(), 22050
    for title, paragraphs in chapters():
        for text, pause in [(title + ".", AFTER_TITLE_S), *((part, AFTER_PARAGRAPH_S) for part in paragraphs)]:
            speech, rate = spoken(text)
            pcm += speech + bytes(2 * round(pause * rate))
        pcm += bytes(2 * round(AFTER_CHAPTER_S * rate))
    command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]
    tidy = ["-fflags", "+bitexact", "-flags", "+bitexact", "-map_metadata", "-1"]
    subprocess.run([*command, "-c:a", "libvorbis", "-q:a", "0", *tidy, str(target)], input=bytes(pcm), check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
