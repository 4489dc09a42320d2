"""How fast an index is made, beside its two halves alone: `python benchmarks/index.py [--files N] [PATH...]`.

All rates are seconds of music a second, on the same files in the same run: decoding alone (as many threads as
`scorer index` takes), embedding alone (one batch after another, from memory), and the whole of `scorer index` into an
empty folder, loading the model left out; of each the best of some runs. Without a PATH it makes up an album of MP3s.
The peak is that of the command `scorer index`.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from scorer.audio.clip import CLIP_S
from scorer.audio.ffmpeg import ffmpeg_program
from scorer.errors import AudioError
from scorer.library.embed import BATCH_CLIPS, ClipEncoder, ahead
from scorer.library.indexer import MOST_JOBS, index_paths
from scorer.library.sound import Sound, read_sound
from scorer.library.walk import walk

EMBEDDED_CLIPS = 128  # that embedding alone is timed on
ALBUM_TRACKS, ALBUM_TRACK_S = 16, 240


def album(folder: Path) -> Path:
    """Write stereo MP3 files of pulsing noise."""
    command = [ffmpeg_program(), "-v", "error", "-f", "lavfi", "-i"]
    for number in range(ALBUM_TRACKS):
        noise = f"anoisesrc=c=pink:seed={number}:d={ALBUM_TRACK_S}:r=44100:a=0.3,tremolo=f={1 + number}"
        subprocess.run([*command, noise, "-ac", "2", "-b:a", "192k", str(folder / f"{number:02}.mp3")], check=True)
    return folder


def peak_mb(files: list[Path], place: Path) -> float:
    """Run the command and return its peak resident memory; this process must still be small, for it counts too."""
    command = [sys.executable, "-m", "scorer", "index", "--index", str(place / "index"), *map(str, files)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def best_of(times: int, work: Callable[[], object]) -> float:
    """Return the shortest of some runs, in seconds: the one that other programs held up least."""
    spans = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        spans.append(time.perf_counter() - begin)
    return min(spans)


def keep(sounds: Iterator[Sound]) -> np.ndarray:
    kept: list[np.ndarray] = []
    for sound in sounds:
        kept.extend(sound.clips)
        if len(kept) >= EMBEDDED_CLIPS:
            break
    return np.stack(kept[:EMBEDDED_CLIPS])


def embed_all(clips: np.ndarray, encoder: ClipEncoder) -> None:
    for start in range(0, len(clips), BATCH_CLIPS):
        encoder.encode_clips(clips[start : start + BATCH_CLIPS].astype(np.float32) / 32768.0)


def index_anew(files: list[Path], place: Path, encoder: ClipEncoder) -> None:
    with tempfile.TemporaryDirectory(dir=place) as folder:
        index_paths(files, Path(folder), encoder, model="default")


def decoded(files: list[Path], jobs: int) -> Iterator[Sound]:
    def attempt(path: Path) -> Sound | None:
        try:
            return read_sound(path)
        except AudioError:
            return None

    return (sound for sound in ahead(attempt, files, jobs) if sound)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--files", type=int, default=None, help="take only so many, evenly spaced")
    parser.add_argument("--times", type=int, default=3, help="runs of each, the best of which counts")
    arguments = parser.parse_args()
    jobs = min(os.cpu_count() or 1, MOST_JOBS)
    with tempfile.TemporaryDirectory() as place:
        paths = arguments.paths or [album(Path(place))]
        files = [Path(source.path) for source in walk(paths) if not source.trouble]
        files = files[:: max(1, len(files) // (arguments.files or len(files)))]
        peak = peak_mb(files, Path(place))

        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as `scorer index` does
        from scorer.nets.music_encoder import MusicEncoder

        encoder = MusicEncoder.load()

        sounds = [(len(sound.clips), sound.seconds) for sound in decoded(files, jobs)]
        music_s = sum(seconds for _, seconds in sounds)
        clips = keep(decoded(files, jobs))
        decoding_s = best_of(arguments.times, lambda: deque(decoded(files, jobs), maxlen=0))
        embedding_s = best_of(arguments.times, lambda: embed_all(clips, encoder))
        whole_s = best_of(arguments.times, lambda: index_anew(files, Path(place), encoder))
    figures = {
        "files": len(files),
        "music_s": round(music_s),
        "clips": sum(count for count, _ in sounds),
        "decoding_alone_x": round(music_s / decoding_s),
        "embedding_alone_x": round(len(clips) * CLIP_S / embedding_s),
        "index_x": round(music_s / whole_s),
        "peak_mb": round(peak),
        "cores": os.cpu_count(),
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
