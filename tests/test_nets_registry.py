"""The models in the box: whole, small enough, and refused where they are not what the registry says."""

import hashlib
import shutil
from pathlib import Path

import pytest
import yaml
from safetensors.torch import save_file
from torch import Tensor, nan, zeros

from scorer.emotion import DIMENSIONS
from scorer.errors import ModelError, OwnModelError
from scorer.nets import registry
from scorer.nets.music_encoder import MusicEncoder
from scorer.nets.text_encoder import TextEncoder
from scorer.nets.vggish import VggishEncoder
from tests.own_model import own_model

MOST_BYTES = {
    "text": 25_000_000,
    "text-permissive": 25_000_000,
    "music": 8_000_000,
    "music-permissive": 8_000_000,
    "vggish": 1_000_000,
    "strategies": 6_000_000,
}
BOX = Path(__file__).resolve().parents[1] / "models"


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the box that may be damaged."""
    copied = shutil.copytree(BOX, tmp_path / "models")
    monkeypatch.setattr(registry, "models_folder", lambda: copied)
    return copied


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


def replace_music(folder: Path, tensors: dict[str, Tensor], **header: str) -> None:
    """Write other weights for the music encoder, with their right hash."""
    save_file(tensors, folder / "music.safetensors", metadata=header)
    rows = yaml.safe_load((folder / "registry.yaml").read_text(encoding="utf-8"))
    for row in rows["models"]:
        if row["name"] == "music":
            row["sha256"] = hashlib.sha256((folder / "music.safetensors").read_bytes()).hexdigest()
    (folder / "registry.yaml").write_text(yaml.safe_dump(rows), encoding="utf-8")


def test_missing_and_odd_tensors_are_named(box: Path) -> None:
    tensors = registry.load_weights(registry.entry("music"))
    tensors["moods.weight"] = zeros(3, 3)
    tensors["stem.weight"][0] = nan
    del tensors["music.bias"]
    replace_music(box, {**tensors, "odd": zeros(3)})
    with pytest.raises(ModelError) as caught:
        MusicEncoder.load()
    said = str(caught.value)
    assert "music.bias missing" in said
    assert "odd unknown" in said
    assert "moods.weight of another shape" in said
    assert "stem.weight not finite" in said
    assert "reinstall" in said


def test_weights_of_a_newer_scorer_are_refused(box: Path) -> None:
    replace_music(box, registry.load_weights(registry.entry("music")), format=str(registry.FORMAT + 1))
    with pytest.raises(ModelError, match="newer scorer"):
        MusicEncoder.load()


def test_a_name_that_is_no_pair_is_bad_use_and_names_those_there_are() -> None:
    with pytest.raises(OwnModelError, match=r"nosuch: neither a pair in the box \(default.*scorer models"):
        registry.pair("nosuch")


def test_a_folder_of_the_users_is_a_pair_with_the_default_text_encoder(tmp_path: Path) -> None:
    own = registry.pair(str(own_model(tmp_path / "own")))
    assert own.text == registry.pair().text
    assert own.music.folder == tmp_path / "own"
    assert MusicEncoder.load(model=own.name).digest == own.music.digest != registry.pair().music.digest


def test_a_damaged_model_of_the_users_is_bad_input_not_a_fault_of_ours(tmp_path: Path) -> None:
    own = own_model(tmp_path / "own")
    (own / "music.safetensors").write_bytes(b"nothing")
    with pytest.raises(OwnModelError, match=r"music\.safetensors.*SHA-256"):
        MusicEncoder.load(model=str(own))
    (own / "registry.yaml").write_text("models: 3", encoding="utf-8")
    with pytest.raises(OwnModelError, match=r"registry\.yaml"):
        registry.pair(str(own))


def test_a_damaged_registry_is_one_clear_error(box: Path) -> None:
    (box / "registry.yaml").write_text("models: [{name: music}]", encoding="utf-8")
    with pytest.raises(ModelError, match="registry"):
        MusicEncoder.load()
