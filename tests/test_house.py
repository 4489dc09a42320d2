import ast
import configparser
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BASE = ("errors", "emotion", "files", "progress", "cluster", "memory")
FLOW = ("audio", "book", "nets", "library", "match", "smooth", "cues", "page", "clock", "mix", "evaluate", "cli")
SOURCES = sorted((ROOT / "scorer").rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rank(room: str) -> int:
    if room in BASE:
        return 0
    return FLOW.index(room) + 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_follow_the_flow(path: Path) -> None:
    parts = path.relative_to(ROOT / "scorer").with_suffix("").parts
    if parts in (("__init__",), ("__main__",)):
        return
    for name in imported(path):
        assert not name.startswith("train"), f"{path} imports the training code"
        words = name.split(".")
        if words[0] == "scorer" and len(words) > 1 and words[1] in (*BASE, *FLOW):
            assert rank(words[1]) <= rank(parts[0]), f"{path.relative_to(ROOT)} imports {name}, against the flow"


def test_every_room_is_packaged() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = set(config["options"]["packages"].split())
    rooms = {"scorer", "scorer.models"} | {f"scorer.{p.parent.name}" for p in (ROOT / "scorer").glob("*/__init__.py")}
    assert listed == rooms


def loaded_by(*arguments: str) -> set[str]:
    code = (
        "import sys\nfrom scorer.cli import cli\n"
        f"try:\n    cli({list(arguments)!r})\nexcept SystemExit:\n    pass\n"
        "print('MODULES', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(result.stdout.rsplit("MODULES", 1)[1].split())


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("index",),
        ("library",),
        ("run",),
        ("explain",),
        ("cues",),
        ("cues", "check"),
        ("render",),
        ("preview",),
        ("models",),
        ("evaluate",),
        ("doctor",),
    ],
)
def test_help_loads_nothing_heavy(command: tuple[str, ...]) -> None:
    heavy = {"torch", "torchaudio", "transformers", "spacy", "hnswlib", "ebooklib", "pydub", "numpy", "scipy"}
    assert not loaded_by(*command, "--help") & heavy
