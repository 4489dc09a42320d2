"""Compose the example's music library: python examples/compose.py [FOLDER].

Needs the programs fluidsynth and ffmpeg and the soundfont FluidR3_GM.sf2; on Debian these are the packages fluidsynth,
ffmpeg and fluid-soundfont-gm.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import mutagen
from composer.piece import Piece
from composer.pieces import PIECES

SOUNDFONT = "/usr/share/sounds/sf2/FluidR3_GM.sf2"
LUFS = -18.0
DRIVEN_LUFS = -24.0  # where the clipper that saturates a piece begins to be heard
RATE = 44100
FADE_S, TAIL_S = 2.5, 2.0
TAGS = {"artist": "the scorer authors", "album": "Three Strokes and a Rest", "date": "2026", "license": "CC BY 4.0"}


def render(piece: Piece, seed: int, target: Path) -> None:
    """Write a piece as Ogg Vorbis at LUFS."""
    with tempfile.TemporaryDirectory() as folder:
        score, raw = Path(folder) / "piece.mid", Path(folder) / "piece.wav"
        score.write_bytes(piece.midi(seed))
        synth = ["fluidsynth", "-q", "-n", "-i", "-g", "0.4", "-r", str(RATE), "-F", str(raw), SOUNDFONT, str(score)]
        subprocess.run(synth, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = piece.seconds + TAIL_S
        cut = f"aformat=channel_layouts=stereo,atrim=end={end:.3f},afade=t=out:st={end - FADE_S:.3f}:d={FADE_S}"
        hot = f"{cut},volume={DRIVEN_LUFS + piece.drive - loudness(raw, cut):.2f}dB,asoftclip=type=tanh:oversample=4"
        filters = f"{hot},volume={LUFS - loudness(raw, hot):.2f}dB,alimiter=limit=0.8:level=0"
        command = ["ffmpeg", "-y", "-loglevel", "error", "-i", str(raw), "-af", filters]
        command += ["-c:a", "libvorbis", "-q:a", "1"]
        bare = ["-fflags", "+bitexact", "-flags", "+bitexact", "-map_metadata", "-1"]
        subprocess.run([*command, *bare, str(target)], check=True)
    tagged = mutagen.File(target)
    tagged.update({"title": piece.title, **TAGS})
    tagged.save()


def loudness(path: Path, cut: str) -> float:
    """Return the integrated loudness in LUFS, as ffmpeg's meter (EBU R 128) has it."""
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path), "-af", f"{cut},ebur128", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(re.findall(r"I:\s+(-[\d.]+) LUFS", said)[-1])


def main(folder: Path) -> None:
    """Render every piece."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, piece in enumerate(PIECES, 1):
        render(piece, number, folder / f"{piece.name}.ogg")
        print(f"{piece.mood:9}{piece.title}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "music")
