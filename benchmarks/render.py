"""How fast `scorer render` mixes, and in how much memory, for narrations of any length.

    python benchmarks/render.py --hours 1 --hours 10

Makes the narration (espeak-ng reads where it is on PATH, else noise in the rhythm of speech), twelve pieces of music, a
book and a cue sheet with a change every three minutes, all streamed to a temporary folder; runs the command in a child
process; and prints a table: rate, and the peak resident memory of the child or of the largest of its ffmpeg processes,
whichever is more, as the kernel saw it. Its peers in the same run are, for every length, one ffmpeg process that ducks
the same music, looped, under the narration (`sidechaincompress`, `amix`), and for the shortest the plain way with
pydub: the whole narration in memory, each cue's track looped and laid over it, no ducking, no limiter.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from apart import apart
from numpy.typing import NDArray

from scorer.audio.decode import stream_pcm16
from scorer.audio.encode import CODECS, encoder
from scorer.audio.ffmpeg import ffmpeg_program
from scorer.cues.cue import Cue
from scorer.cues.formats import write_cues
from scorer.cues.sheet import read_cues

if TYPE_CHECKING:
    from pydub import AudioSegment

CUE_S = 180
SENTENCES_A_MINUTE = 10
SENTENCE = "The {nth} day began as the last had ended, with rain upon the roof and no word."
PASSAGE = (
    "It rained all morning. The old man sat by the window, and watched the carts go by; nobody spoke. "
    "At noon, a boy came running up the hill with a letter in his hand. What did it say? He never told us. "
    "We heard the door close behind him, and then nothing more until the evening, when the lamps were lit. "
)


def rhythm_of_speech(sample_rate: int) -> NDArray[np.int16]:
    time = np.arange(60 * sample_rate) / sample_rate
    shape = (0.5 + 0.5 * np.sin(2 * np.pi * 4 * time)) * ((time % 5) < 4.3)
    return (np.random.default_rng(1).normal(0, 3000, len(time)) * shape).clip(-32768, 32767).astype(np.int16)


def reading(folder: Path, sample_rate: int) -> NDArray[np.int16]:
    if not shutil.which("espeak-ng"):
        return rhythm_of_speech(sample_rate)
    spoken = folder / "passage.wav"
    subprocess.run(["espeak-ng", "-w", str(spoken), PASSAGE * 4], check=True)
    return np.concatenate(list(stream_pcm16(spoken, sample_rate=sample_rate, channels=1, block_s=60.0)))[:, 0]


def make_narration(path: Path, hours: float, sample_rate: int, channels: int) -> None:
    passage = np.repeat(reading(path.parent, sample_rate)[:, None], channels, axis=1)
    left = round(hours * 3600 * sample_rate)
    with encoder(path, sample_rate=sample_rate, channels=channels) as write:
        for block in cycle([passage]):
            write(block[:left].tobytes())
            left -= min(left, len(block))
            if not left:
                return


def make_music(folder: Path) -> list[Path]:
    folder.mkdir()
    paths = []
    for number in range(12):
        time = np.arange((50 + 17 * number) * 44_100) / 44_100
        root = 110 * 2 ** (number / 12)
        chord = sum(np.sin(2 * np.pi * root * ratio * time) for ratio in (1, 1.26, 1.5, 2.52))
        beat = 0.6 + 0.4 * np.cos(2 * np.pi * time * (1 + number / 6))
        sound = np.stack([chord * beat, chord * beat[::-1]], axis=1) * 2500 + np.random.default_rng(number).normal(
            0, 300, (len(time), 2)
        )
        paths.append(folder / f"{number}.ogg")
        with encoder(paths[-1], sample_rate=44_100, channels=2) as write:
            write(sound.clip(-32768, 32767).astype(np.int16).tobytes())
    return paths


def make_book(path: Path, hours: float) -> int:
    sentences = round(hours * 60 * SENTENCES_A_MINUTE)
    lines = [SENTENCE.format(nth=f"{number}th") for number in range(4, 4 + sentences)]
    path.write_text("\n\n".join(" ".join(lines[n : n + 5]) for n in range(0, len(lines), 5)), encoding="utf-8")
    return sentences


def cues(sentences: int, music: list[Path]) -> Iterator[Cue]:
    size = CUE_S * SENTENCES_A_MINUTE // 60
    for number, first in enumerate(range(0, sentences, size)):
        last = min(first + size, sentences)
        silent = number % 7 == 6
        yield Cue(
            cue=number + 1,
            chapter=1,
            chapter_title="",
            first_sentence=first + 1,
            last_sentence=last,
            start_s=float(first),
            end_s=float(last),
            track="" if silent else str(music[number * 5 % len(music)]),
            track_start_s=10.0 * (number % 3),
            mood="",
            valence=0.5,
            arousal=0.5,
            score=0.0,
            margin=0.0,
            alternatives=(),
            excerpt="",
        )


def prepare(folder: Path, narration: Path, hours: float, sample_rate: int, channels: int) -> None:
    make_narration(narration, hours, sample_rate, channels)
    sentences, music = make_book(folder / "book.txt", hours), make_music(folder / "music")
    write_cues(folder / "cues.csv", list(cues(sentences, music)))


def render(folder: Path, narration: Path, suffix: str) -> tuple[dict[str, float], int, float]:
    """Run the command; return its own figures, the peak resident memory in bytes, and the processor time in seconds.

    The time that it took is that of the whole process, from its start to its end.
    """
    options = ["--narration", str(narration), "--cues", str(folder / "cues.csv"), "-o", str(folder / f"mix{suffix}")]
    command = [sys.executable, "-c", "from scorer.cli import cli; cli()", "render", str(folder / "book.txt"), *options]
    command += ["--clock", "position"]  # the text is not what is read
    began = time.perf_counter()
    with (folder / "figures.json").open("wb") as out:
        child = subprocess.Popen([*command, "--json"], stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise click.ClickException(f"render ended with {child.returncode}")
    took_s = time.perf_counter() - began
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    figures |= {"took_s": took_s, "times_real_time": figures["seconds"] / took_s}
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return figures, peak, usage.ru_utime + usage.ru_stime


def ffmpeg_duck(folder: Path, narration: Path, hours: float, suffix: str) -> tuple[float, float]:
    """Mix as one ffmpeg process does; return seconds, and the processor's."""
    playlist = folder / "music.txt"
    lines = "".join(f"file '{path}'\n" for path in sorted((folder / "music").iterdir()))
    playlist.write_text(lines * (1 + round(4 * hours)), encoding="utf-8")  # the twelve are half an hour
    graph = (
        "[0:a]asplit=2[voice][key];[1:a]volume=-20dB[bed];[bed][key]sidechaincompress=attack=50:release=800[ducked];"
        "[voice][ducked]amix=inputs=2:duration=first:normalize=0"
    )
    music = ["-f", "concat", "-safe", "0", "-i", str(playlist)]
    command = [ffmpeg_program(), "-v", "error", "-nostdin", "-y", "-i", str(narration), *music]
    codec = ("-rf64", "auto") if suffix == ".wav" else CODECS[suffix]
    began, before = time.perf_counter(), processor_s()
    subprocess.run([*command, "-filter_complex", graph, *codec, str(folder / f"duck{suffix}")], check=True)
    return time.perf_counter() - began, processor_s() - before


def processor_s() -> float:
    """Return the processor time in seconds of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def pydub_overlay(folder: Path, narration: Path, suffix: str) -> tuple[float, int]:
    """Mix as a script would that knows pydub's manual; return seconds and peak resident memory in bytes."""
    began = time.perf_counter()
    voice = segment(narration, 1)
    for cue in read_cues(folder / "cues.csv"):
        if cue.track:
            length = (cue.end_s - cue.start_s) / SENTENCES_A_MINUTE * 60_000
            music = segment(Path(cue.track), 2) - 20
            music = (music * (int(length // len(music)) + 1))[: int(length)].fade_in(3000).fade_out(3000)
            voice = voice.overlay(music, position=int(cue.start_s / SENTENCES_A_MINUTE * 60_000))
    voice.export(folder / f"peer{suffix}", format=suffix[1:])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return time.perf_counter() - began, peak


def segment(path: Path, channels: int) -> "AudioSegment":
    from pydub import AudioSegment

    pcm = np.concatenate(list(stream_pcm16(path, sample_rate=44_100, channels=channels, block_s=60.0)))
    return AudioSegment(pcm.tobytes(), frame_rate=44_100, sample_width=2, channels=channels)


@click.command()
@click.option("--hours", type=float, multiple=True, default=(1.0, 10.0), show_default=True)
@click.option("--channels", type=click.IntRange(1, 2), default=1, show_default=True, help="Of the narration.")
@click.option("--sample-rate", type=int, default=44_100, show_default=True, help="Of the narration, in Hz.")
@click.option("--narration", "narration_suffix", default=".flac", show_default=True, help="The narration's format.")
@click.option("--output", "output_suffix", default=".wav", show_default=True, help="The mix's format.")
def main(hours: tuple[float, ...], channels: int, sample_rate: int, narration_suffix: str, output_suffix: str) -> None:
    """Mix narrations of some lengths and print a table."""
    click.echo(f"narration {sample_rate} Hz, {channels} channel(s), {narration_suffix} to {output_suffix}")
    click.echo(" hours  cues   took s    CPU s  x real time  peak MB  LU below   mix MB")
    for number, length in enumerate(sorted(hours)):
        with tempfile.TemporaryDirectory(prefix="scorer-render-") as name:
            folder = Path(name)
            narration = folder / f"narration{narration_suffix}"
            # this process must stay small, for the kernel counts its memory as the command's
            apart(prepare, folder, narration, length, sample_rate, channels)
            figures, peak, spent_s = render(folder, narration, output_suffix)
            if number == 0:
                peer_s, peer_peak = apart(pydub_overlay, folder, narration, output_suffix)
            size = (folder / f"mix{output_suffix}").stat().st_size
            (folder / f"mix{output_suffix}").unlink()
            ducked_s, ducked_cpu_s = ffmpeg_duck(folder, narration, length, output_suffix)
        click.echo(
            f"{length:>6g} {figures['cues']:>5} {figures['took_s']:>8.1f} {spent_s:>8.1f} "
            f"{figures['times_real_time']:>12.1f} {peak / 1e6:>8.0f} {figures['distance_lu']:>9.2f} {size / 1e6:>8.0f}"
        )
        click.echo(
            f"one ffmpeg process: {ducked_s:.1f} s, CPU {ducked_cpu_s:.1f} s; the command takes "
            f"{figures['took_s'] / ducked_s:.2f} times that, and {spent_s / ducked_cpu_s:.2f} times the CPU"
        )
        if number == 0:
            click.echo(
                f"pydub: {length * 3600 / peer_s:.1f} x real time, {peer_peak / 1e6:.0f} MB; the command is "
                f"{peer_s / figures['took_s']:.1f} times as fast in 1/{peer_peak / peak:.1f} of the memory"
            )


if __name__ == "__main__":
    main()
