"""`python -m train fit`: a music encoder on labels of the user's own, from a folder to an index."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("sklearn", reason="training needs the extra 'train'")

from scorer.cli import cli
from scorer.nets.music_encoder import MusicEncoder
from scorer.nets.registry import pair
from train.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
RECIPE = ROOT / "train" / "recipes" / "fit.yaml"


def fit(data: Path, output: Path) -> Result:
    return CliRunner().invoke(main, ["fit", str(RECIPE), "--data", str(data), "-o", str(output)])


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model fitted to the example's labels, and what the command printed."""
    folder = tmp_path_factory.mktemp("fit") / "mine"
    result = fit(ROOT / "examples", folder)
    assert result.exit_code == 0, result.output
    (folder / "said.json").write_text(result.stdout, encoding="utf-8")
    return folder


def test_labels_bring_the_encoder_nearer_to_what_they_say_of_tracks_it_was_not_fitted_on(mine: Path) -> None:
    said = json.loads((mine / "said.json").read_text(encoding="utf-8"))
    assert said["tracks"] == 14
    assert said["after"]["loss"] < said["before"]["loss"]
    assert said["after"]["mean_error"]["arousal"] < said["before"]["mean_error"]["arousal"]


def test_the_folder_is_a_model_with_a_card_that_index_takes(mine: Path, tmp_path: Path) -> None:
    card = (mine / "music.md").read_text(encoding="utf-8")
    assert "14 labelled tracks" in card
    assert pair().music.licence in card
    shutil.copy(ROOT / "examples" / "music" / "iron-gate.ogg", tmp_path)
    arguments = ["index", str(tmp_path / "iron-gate.ogg"), "--index", str(tmp_path / "index"), "--model", str(mine)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output


def test_what_has_been_heard_is_not_heard_again(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(*_: object) -> None:
        raise AssertionError("heard again")

    monkeypatch.setattr(MusicEncoder, "features", deaf)
    before = (mine / "music.safetensors").read_bytes()
    assert fit(ROOT / "examples", mine).exit_code == 0
    assert (mine / "music.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a.ogg\tgloomy\t\t\t", "labels.tsv:2: no mood gloomy; there are happy"),
        ("a.ogg\thappy\t1.5\t0.5\t", "labels.tsv:2: '1.5' is no number from 0 to 1"),
        ("a.ogg\thappy\tnan\t0.5\t", "labels.tsv:2: 'nan' is no number from 0 to 1"),
        ("a.ogg\t\t0.5\t\t", "labels.tsv:2: valence and arousal go together"),
        ("a.ogg\t\t\t\t", "labels.tsv:2: neither moods nor valence"),
        ("b.ogg\thappy\t\t\t", "labels.tsv:2: no file"),
        ("", "no track in it"),
        ("a.ogg\thappy\t\t\t", "none of the files"),
    ],
)
def test_a_label_that_makes_no_sense_is_named_with_its_line(row: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "a.ogg").write_bytes(b"no sound")
    (tmp_path / "labels.tsv").write_text(f"file\tmoods\tvalence\tarousal\tgroup\n{row}", encoding="utf-8")
    result = fit(tmp_path, tmp_path / "out")
    assert result.exit_code == 1
    assert fault in result.stderr
    assert not (tmp_path / "out" / "registry.yaml").exists()
