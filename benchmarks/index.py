"""How fast an index is made, beside its two halves alone and beside a peer: `python benchmarks/index.py [PATH...]`.

All rates are seconds of music a second, on the same files in the same run: decoding alone (as many threads as
`scorer index` takes), embedding alone (one batch after another, from memory), the whole of `scorer index` into an empty
folder, loading the model left out, and the peer: what one would write otherwise, file by file librosa.load, librosa's
mel spectrogram and the same network (`pip install '.[bench]'`). They take turns; of each the best of some runs counts.
Processor seconds (user and system, ffmpeg's included) an hour of music stand beside, since other programs disturb them
less. Without a PATH it makes up an album of MP3s. The peak is that of the command `scorer index`.

`share_of_slower` is the rate of the index by that of its slower half. Where both halves fill all cores when they are
alone, no pipeline can have more than their work together allows: `share_of_possible` is the share of that.
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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from apart import peak_mb

from scorer.audio.clip import CLIP_SAMPLES, SAMPLE_RATE
from scorer.audio.ffmpeg import ffmpeg_program
from scorer.library.embed import BATCH_CLIPS, ClipEncoder, decoded
from scorer.library.indexer import MOST_JOBS, index_paths
from scorer.library.sound import choose
from scorer.library.track import CLIPS_PER_TRACK, Failure
from scorer.library.walk import Source, walk

if TYPE_CHECKING:
    from scorer.nets.music_encoder import MusicEncoder

EMBEDDED_CLIPS = 128  # that embedding alone is timed on
ALBUM_TRACKS, ALBUM_TRACK_S = 16, 240


def album(folder: Path) -> Path:
    """Write stereo MP3 files of pulsing noise."""
    command = [ffmpeg_program(), "-v", "error", "-f", "lavfi", "-i"]
    for number in range(ALBUM_TRACKS):
        noise = f"anoisesrc=c=pink:seed={number}:d={ALBUM_TRACK_S}:r=44100:a=0.3,tremolo=f={1 + number}"
        subprocess.run([*command, noise, "-ac", "2", "-b:a", "192k", str(folder / f"{number:02}.mp3")], check=True)
    return folder


def index_peak_mb(files: list[Path], place: Path) -> float:
    """Run the command and return its peak resident memory; this process must still be small, for it counts too."""
    command = [sys.executable, "-m", "scorer", "index", "--index", str(place / "index"), *map(str, files)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return peak_mb(resource.RUSAGE_CHILDREN)


@dataclass(frozen=True, order=True)
class Span:
    """Seconds that something took, and seconds of processors that it took them."""

    wall_s: float
    processor_s: float


def best_of(times: int, works: dict[str, Callable[[], object]]) -> dict[str, Span]:
    """Let works take turns; return of each the shortest run: the one that other programs held up least."""
    spans: dict[str, list[Span]] = {name: [] for name in works}
    for _ in range(times):
        for name, work in works.items():
            begin, before = time.perf_counter(), sum(os.times()[:4])
            work()
            spans[name].append(Span(time.perf_counter() - begin, sum(os.times()[:4]) - before))
    return {name: min(runs) for name, runs in spans.items()}


def decode_all(files: list[Path], jobs: int) -> Iterator[tuple[Source, tuple[int, float] | Failure]]:
    """Decode as `scorer index` does; yield each file's clips and seconds, or why there are none."""
    for source, sound in decoded(walk(files), CLIPS_PER_TRACK, jobs):
        yield source, sound if isinstance(sound, Failure) else (len(sound.clips), sound.seconds)


def first_clips(files: list[Path], jobs: int) -> np.ndarray:
    kept: list[np.ndarray] = []
    for _, sound in decoded(walk(files), CLIPS_PER_TRACK, jobs):
        kept.extend(() if isinstance(sound, Failure) else sound.clips)
        if len(kept) >= EMBEDDED_CLIPS:
            break
    return np.stack(kept[:EMBEDDED_CLIPS])


def embed_all(clips: np.ndarray, count: int, encoder: ClipEncoder) -> None:
    """Embed `count` clips: these, again and again."""
    for start in range(0, count, BATCH_CLIPS):
        wanted = np.arange(start, min(start + BATCH_CLIPS, count)) % len(clips)
        encoder.encode_clips(clips[wanted].astype(np.float32) / 32768.0)


def index_anew(files: list[Path], place: Path, encoder: ClipEncoder) -> None:
    with tempfile.TemporaryDirectory(dir=place) as folder:
        index_paths(files, Path(folder), encoder, model="default")


def peer_with(encoder: "MusicEncoder") -> Callable[[list[Path]], None]:
    """Return what one would write otherwise, for as many clips a track; loading librosa is left out."""
    import librosa
    import torch

    from scorer.nets.mel import HIGH_HZ, HOP, LOW_HZ, MELS, WINDOW, level_free

    mel = {"n_fft": WINDOW, "hop_length": HOP, "n_mels": MELS, "fmin": LOW_HZ, "fmax": HIGH_HZ, "htk": True}

    def pictures(clips: np.ndarray) -> np.ndarray:
        power = librosa.feature.melspectrogram(y=clips, sr=SAMPLE_RATE, norm=None, **mel)
        return power[..., : CLIP_SAMPLES // HOP]

    def peer(files: list[Path]) -> None:
        for path in files:
            samples, _ = librosa.load(path, sr=SAMPLE_RATE)
            count = max(1, len(samples) // CLIP_SAMPLES)
            clips = np.resize(samples, (count, CLIP_SAMPLES))[choose(count, CLIPS_PER_TRACK)]
            with torch.inference_mode():
                tags = encoder.net.beside(torch.from_numpy(clips).to(encoder.device))
                encoder.net(level_free(torch.from_numpy(pictures(clips)).to(encoder.device)), tags)

    pictures(np.zeros((1, CLIP_SAMPLES), np.float32))  # compiles what is compiled when it is first used
    return peer


def figures_of(spans: dict[str, Span], music_s: float, peak: float) -> dict[str, object]:
    rate = {name: music_s / span.wall_s for name, span in spans.items()}
    slower = min(rate["decoding"], rate["embedding"])
    possible = min(slower, 1 / (1 / rate["decoding"] + 1 / rate["embedding"]))
    return {
        **{f"{name}_x": round(value) for name, value in rate.items()},
        "share_of_slower": round(rate["index"] / slower, 2),
        "share_of_possible": round(rate["index"] / possible, 2),
        "times_peer": round(rate["index"] / rate["peer"], 2) if "peer" in rate else None,
        "processor_s_an_hour": {name: round(span.processor_s / music_s * 3600, 1) for name, span in spans.items()},
        "peak_mb": round(peak),
        "processors": os.cpu_count(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--files", type=int, default=None, help="take only so many, evenly spaced")
    parser.add_argument("--times", type=int, default=3, help="runs of each, the best of which counts")
    parser.add_argument("--no-peer", action="store_true", help="without librosa")
    arguments = parser.parse_args()
    jobs = min(os.cpu_count() or 1, MOST_JOBS)
    with tempfile.TemporaryDirectory() as place:
        paths = arguments.paths or [album(Path(place))]
        files = [Path(source.path) for source in walk(paths) if not source.trouble]
        files = files[:: max(1, len(files) // (arguments.files or len(files)))]
        peak = index_peak_mb(files, Path(place))

        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as `scorer index` does
        from scorer.nets.music_encoder import MusicEncoder

        encoder = MusicEncoder.load()
        lengths = {source.path: sound for source, sound in decode_all(files, jobs) if isinstance(sound, tuple)}
        files = [path for path in files if str(path) in lengths]
        count, music_s = (sum(column) for column in zip(*lengths.values(), strict=True))
        clips = first_clips(files, jobs)
        works: dict[str, Callable[[], object]] = {
            "decoding": lambda: deque(decode_all(files, jobs), maxlen=0),
            "embedding": lambda: embed_all(clips, count, encoder),
            "index": lambda: index_anew(files, Path(place), encoder),
        }
        if not arguments.no_peer:
            peer = peer_with(encoder)
            works["peer"] = lambda: peer(files)
        spans = best_of(arguments.times, works)
    figures = {"files": len(files), "music_s": round(music_s), "clips": count, **figures_of(spans, music_s, peak)}
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
