"""The models in the box: whole, small enough, and refused where they are not what the registry says."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from safetensors.torch import save_file
from torch import zeros

from scorer.emotion import DIMENSIONS
from scorer.errors import ModelError
from scorer.nets import registry
from scorer.nets.music_encoder import MusicEncoder
from scorer.nets.text_encoder import TextEncoder
from scorer.nets.vggish import VggishEncoder

MOST_BYTES = {"text": 25_000_000, "music": 8_000_000, "vggish": 1_000_000, "strategies": 6_000_000}
BOX = Path(__file__).resolve().parents[1] / "models"


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the box that may be damaged."""
    copied = shutil.copytree(BOX, tmp_path / "models")
    monkeypatch.setattr(registry, "models_folder", lambda: copied)
    registry.registry.cache_clear()
    yield copied
    registry.registry.cache_clear()


@pytest.mark.parametrize("name", MOST_BYTES)
def test_each_model_is_small_has_its_hash_and_a_card(name: str) -> None:
    entry = registry.entry(name)
    weights = (BOX / entry.file).read_bytes()
    assert len(weights) <= MOST_BYTES[name]
    assert hashlib.sha256(weights).hexdigest() == entry.sha256
    assert entry.dimensions == DIMENSIONS
    assert entry.trained_on
    card = (BOX / f"{name}.md").read_text(encoding="utf-8")
    assert all(word in card.lower() for word in ("licence", "figures", "limits", "ethic", "python -m train"))


def test_the_box_holds_nothing_but_what_is_registered() -> None:
    registered = {registry.entry(name).file for name in registry.registry()}
    assert {path.name for path in BOX.glob("*.safetensors")} == registered


@pytest.mark.parametrize(
    ("name", "encoder"), [("text", TextEncoder), ("music", MusicEncoder), ("vggish", VggishEncoder)]
)
def test_one_flipped_bit_is_noticed(box: Path, name: str, encoder: type) -> None:
    path = box / f"{name}.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="SHA-256"):
        encoder.load()


def test_missing_weights_are_named(box: Path) -> None:
    (box / "music.safetensors").unlink()
    with pytest.raises(ModelError, match=r"music\.safetensors.*missing"):
        MusicEncoder.load()


def test_weights_of_another_network_are_refused(box: Path) -> None:
    save_file({"odd": zeros(3)}, box / "music.safetensors")
    rows = yaml.safe_load((box / "registry.yaml").read_text(encoding="utf-8"))
    for row in rows["models"]:
        if row["name"] == "music":
            row["sha256"] = hashlib.sha256((box / "music.safetensors").read_bytes()).hexdigest()
    (box / "registry.yaml").write_text(yaml.safe_dump(rows), encoding="utf-8")
    with pytest.raises(ModelError, match="not the weights of this music network"):
        MusicEncoder.load()


def test_a_damaged_registry_is_one_clear_error(box: Path) -> None:
    (box / "registry.yaml").write_text("models: [{name: music}]", encoding="utf-8")
    with pytest.raises(ModelError, match="registry"):
        MusicEncoder.load()
