"""`scorer doctor`: is all there that scorer needs?"""

import json
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal

import click

from scorer import __version__
from scorer.cli.options import index_option, json_option
from scorer.errors import ScorerError

PACKAGES: Final = ("torch", "torchaudio", "transformers", "spacy", "hnswlib", "ebooklib", "lxml", "numpy", "scipy")
LEAST_BYTES: Final = 200 << 20  # less room than a chapter's sound takes while it is mixed
LITTLE_BYTES: Final = 2 << 30  # a ten-hour mix as WAV takes more

State = Literal["ok", "note", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, and what was found: `note` is no fault, or one that can be lived with."""

    name: str
    state: State
    told: str


@click.command(name="doctor")
@index_option
@json_option
def command(index_folder: Path, as_json: bool) -> None:
    """Check what scorer needs: ffmpeg, espeak-ng, the models, the index, devices and disk.

    Paste what it prints into a bug report. The exit status is 1 where something that is needed is broken.
    """
    findings: list[Finding] = []
    for finding in _findings(index_folder):
        findings.append(finding)
        if not as_json:
            click.echo(f"{finding.state:<7} {finding.name:<10} {_private(finding.told)}")
    if as_json:
        click.echo(json.dumps([{**asdict(finding), "told": _private(finding.told)} for finding in findings]))
    broken = [finding.name for finding in findings if finding.state == "broken"]
    click.echo(f"broken: {', '.join(broken)}" if broken else "all that is needed is there", err=True)
    if broken:
        raise SystemExit(1)


def _findings(index_folder: Path) -> Iterator[Finding]:
    yield Finding("scorer", "ok", f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    checks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("packages", _packages),
        ("ffmpeg", _ffmpeg),
        ("espeak-ng", _espeak),
        ("device", _device),
        ("model", _models),
        ("index", lambda: _index(index_folder)),
        ("disk", lambda: _disk(index_folder)),
    )
    for name, check in checks:
        try:
            yield from check()
        except ScorerError as error:
            yield Finding(name, "broken", " ".join(str(error).split()))
        except Exception as error:  # whatever is wrong with the machine, the other checks are made, too
            yield Finding(name, "broken", f"{type(error).__name__}: {' '.join(str(error).split())}")


def _packages() -> Iterator[Finding]:
    found: list[str] = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding("packages", "broken", f"{name} is missing; install scorer again with pip")
    yield Finding("packages", "ok", ", ".join(found))


def _ffmpeg() -> Iterator[Finding]:
    from scorer.audio.ffmpeg import ffmpeg_program, ffmpeg_version

    told = ffmpeg_version()
    if not told.startswith("ffmpeg"):
        yield Finding("ffmpeg", "broken", f"{ffmpeg_program()} does not run; install ffmpeg")
    else:
        yield Finding("ffmpeg", "ok", f"{told.splitlines()[0]}, {ffmpeg_program()}")


def _espeak() -> Iterator[Finding]:
    found = shutil.which("espeak-ng")
    missing = "not on PATH; without it a narration is followed by its pauses, less surely"
    yield Finding("espeak-ng", "ok" if found else "note", found or missing)


def _device() -> Iterator[Finding]:
    import torch

    from scorer.nets.device import best_device

    device = best_device()
    name = f" {torch.cuda.get_device_name()}" if device == "cuda" else ""
    yield Finding("device", "ok", f"{device}{name}, {torch.get_num_threads()} threads")


def _models() -> Iterator[Finding]:
    from scorer.nets.registry import load_weights, registry

    for entry in registry().values():
        try:
            load_weights(entry)
        except ScorerError as error:
            yield Finding("model", "broken", str(error))
        else:
            yield Finding("model", "ok", f"{entry.name}: {entry.sha256[:16]}, as registered")


def _index(folder: Path) -> Iterator[Finding]:
    from scorer.library.catalogue import model_of
    from scorer.library.index import Index
    from scorer.library.stats import stats_of
    from scorer.nets.registry import pair

    if not folder.exists():
        yield Finding("index", "note", f"none yet in {folder}; make one with `scorer index PATH...`")
        return
    figures = stats_of(folder)
    Index.open(folder, model_digest=pair(model_of(folder)).music.digest)
    told = f"{figures['tracks']} tracks, {figures['clips']} clips by the model '{figures['model']}' in {folder}"
    gone = figures["failed"]
    yield Finding("index", "ok", told + (f"; {gone} files failed" if gone else ""))


def _disk(folder: Path) -> Iterator[Finding]:
    from scorer.memory import cache_folder

    places = {"index": folder, "cache": cache_folder(), "scratch": Path(tempfile.gettempdir())}
    for name, place in places.items():
        there = next(path for path in (place, *place.resolve().parents) if path.exists())
        free = shutil.disk_usage(there).free
        state: State = "broken" if free < LEAST_BYTES else "note" if free < LITTLE_BYTES else "ok"
        yield Finding("disk", state, f"{free / 1e9:.1f} GB free for the {name}, {there}")


def _private(text: str) -> str:
    """Leave the user's name out of what is pasted in public."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 and sys.platform != "win32" else text
