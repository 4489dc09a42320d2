"""How exactly, how fast and with what memory a narration is aligned: python benchmarks/clock.py BOOK --hours 1.

BOOK is read by espeak-ng in another voice than the aligner's, at an uneven pace, a sentence in twenty left out or read
twice, after a minute in German; where each sentence begins is known to the sample.
"""

import argparse
import subprocess
import tempfile
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from apart import apart, peak_mb

from scorer.audio.recording import open_recording
from scorer.book import Book, Chapter, read_book
from scorer.clock import read_clock
from scorer.clock.cepstra import SAMPLE_RATE

VOICE, PITCH = "en-gb-scotland", 35
GERMAN = (
    "Dies ist eine Aufnahme für freie Hörbücher. Alle Aufnahmen sind gemeinfrei und dürfen weitergegeben werden. " * 8
)
EDIT = 0.025  # share of the sentences left out, and as many read twice


def said(text: str, voice: str, speed: int, pitch: int) -> np.ndarray:
    """Return 16 kHz samples in 16 bits."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", "--stdin"]
    sound = subprocess.run(command, input=" ".join(text.split()).encode(), capture_output=True, check=True).stdout[44:]
    samples = np.frombuffer(sound[: len(sound) // 2 * 2], "<i2")
    places = np.arange(0.0, max(0, len(samples) - 1), 22_050 / SAMPLE_RATE)
    return np.interp(places, np.arange(len(samples)), samples).astype("<i2") if len(samples) else np.zeros(0, "<i2")


def narrate(book: Book, hours: float, target: Path) -> tuple[Book, np.ndarray, float]:
    """Write a narration of the book's beginning; return that part, the starts (nan: left out) and the length."""
    draw = np.random.default_rng(3)
    sentences = book.sentences
    speeds = 150 + 40 * np.sin(np.arange(len(sentences)) / 23) + draw.normal(0, 8, len(sentences))
    starts, done = [], 0
    with wave.open(str(target), "wb") as file, ThreadPoolExecutor(4) as pool:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))

        def write(samples: np.ndarray) -> None:
            nonlocal done
            hiss = samples + draw.normal(0, 10, len(samples))
            file.writeframes(hiss.clip(-32768, 32767).astype("<i2").tobytes())
            done += len(samples)

        write(said(GERMAN, "de", 150, 40)[: 60 * SAMPLE_RATE])
        for first in range(0, len(sentences), 200):
            part = range(first, min(first + 200, len(sentences)))
            for sound in pool.map(lambda k: said(sentences[k].text, VOICE, int(speeds[k]), PITCH), part):
                chance = draw.random()
                starts.append(np.nan if chance < EDIT else done / SAMPLE_RATE)
                for _ in range(0 if chance < EDIT else 2 if chance > 1 - EDIT else 1):
                    starts[-1] = done / SAMPLE_RATE
                    write(sound)
                    write(np.zeros(int(draw.uniform(0.25, 0.9) * SAMPLE_RATE), "<i2"))
            if done > hours * 3600 * SAMPLE_RATE:
                break
    kept = tuple(sentences[: len(starts)])
    chapter = Chapter(0, "", "", "", kept)
    return Book(book.title, book.author, "en", (chapter,), ()), np.array(starts), done / SAMPLE_RATE


def align(book: Book, path: Path, seconds: float, source: str) -> tuple[np.ndarray, str, float, float]:
    """Return the starts, how they were found, the seconds that it took and this process's peak in MB."""
    begun = time.monotonic()
    clock = read_clock(book, open_recording(path), seconds, source=source)
    took = time.monotonic() - begun
    return clock.borders[:-1], clock.describe(), took, peak_mb()


def main() -> None:
    """Measure and print one line. The aligner has a process of its own, so that its memory is known apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("book", type=Path)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--clock", choices=["warping", "pauses"], default="warping")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "narration.wav"
        book, truth, seconds = narrate(read_book(options.book), options.hours, path)
        starts, found, took, peak = apart(align, book, path, seconds, options.clock)
    errors = np.abs(starts - truth)[~np.isnan(truth)]
    median, high = np.quantile(errors, [0.5, 0.95])
    print(
        f"{seconds / 3600:.2f} h, {len(truth)} sentences: starts off by {median:.2f} s (median), {high:.2f} s (95 %); "
        f"{took:.0f} s, {seconds / took:.0f} times real time; peak {peak:.0f} MB; {found}"
    )


if __name__ == "__main__":
    main()
