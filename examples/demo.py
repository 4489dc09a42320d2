"""The main job on the packaged example: index the music, score the story, mix the narration; then say how to listen."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "demo"


def scorer(*arguments: str | Path) -> None:
    """Show a command and run it; stop where it fails."""
    words = [str(argument) for argument in arguments]
    print("\n$ scorer", " ".join(words), flush=True)
    result = subprocess.run([sys.executable, "-m", "scorer", *words], check=False)
    if result.returncode != 0:
        sys.exit(result.returncode)


def main() -> None:
    """Run the four steps into the folder `demo` of the checkout."""
    OUT.mkdir(exist_ok=True)
    story = next(HERE.glob("*.epub"))
    index, cues, arc, mix = OUT / "index", OUT / "cues.csv", OUT / "arc.csv", OUT / "mix.mp3"
    scorer("index", HERE / "music", "--index", index)
    scorer("library", "--index", index)
    scorer("run", story, "--index", index, "-o", cues, "--arc", arc)
    scorer("render", story, "--cues", cues, "--narration", HERE / "narration.ogg", "--index", index, "-o", mix)
    print(
        f"\nMade:\n  {cues}   the cue sheet: open it in a spreadsheet, edit it, render again"
        f"\n  {arc}    the story's emotional arc, a row a window"
        f"\n  {mix}    the finished mix\nListen: open {mix} in any player, or: ffplay -autoexit {mix}"
    )


if __name__ == "__main__":
    main()
