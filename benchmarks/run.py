"""Time and memory of `scorer run`: python benchmarks/run.py BOOK [--index DIR].

Prints a row with the book's words, seconds, words a second and the peak resident memory of the process.
"""

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("book", type=Path)
    parser.add_argument("--index", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cues = Path(folder) / "cues.csv"
        command = [sys.executable, "-m", "scorer", "run", str(arguments.book), "-o", str(cues)]
        if arguments.index:
            command += ["--index", str(arguments.index)]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        with cues.open(encoding="utf-8", newline="") as sheet:
            minutes = float(list(csv.DictReader(sheet))[-1]["end_s"]) / 60
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    words = round(minutes * 150)
    print(f"{'words':>9} {'seconds':>9} {'words/s':>9} {'peak MB':>9}")
    print(f"{words:>9,} {seconds:>9.1f} {words / seconds:>9,.0f} {peak:>9,.0f}")


if __name__ == "__main__":
    main()
