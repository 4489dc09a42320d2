"""`--model`: an index and a book scored by another pair of models than the default."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from torch import Tensor

from scorer.cli import cli
from scorer.nets import registry
from tests.own_model import own_model

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
STORY = EXAMPLES / "three-strokes-and-a-rest.epub"


def scorer(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two tracks, a model of the user's own, and the index that it made of them."""
    home = tmp_path_factory.mktemp("own")
    (home / "music").mkdir()
    for path in sorted((EXAMPLES / "music").iterdir())[:2]:
        shutil.copy(path, home / "music")
    own_model(home / "mine")
    result = scorer("index", home / "music", "--index", home / "index", "--model", home / "mine")
    assert result.exit_code == 0, result.output
    return home


def test_a_book_is_scored_by_the_model_that_made_the_index(home: Path) -> None:
    assert scorer("run", STORY, "--index", home / "index").exit_code == 0
    assert scorer("run", STORY, "--index", home / "index", "--model", home / "mine").exit_code == 0


def test_another_model_than_the_index_is_refused_with_what_to_do(home: Path) -> None:
    result = scorer("run", STORY, "--index", home / "index", "--model", "default")
    assert result.exit_code == 2
    assert "scorer index --model default" in result.stderr


def test_indexing_again_keeps_the_model_and_naming_another_changes_it(home: Path) -> None:
    index = shutil.copytree(home / "index", home / "again")
    kept = scorer("index", home / "music", "--index", index)
    assert "2 unchanged" in kept.stderr
    changed = scorer("index", home / "music", "--index", index, "--model", "default")
    assert "embedded anew: 2" in changed.stderr
    assert scorer("run", STORY, "--index", index, "--model", "default").exit_code == 0


def test_a_model_that_was_fitted_anew_or_is_gone_is_said_so(home: Path) -> None:
    mine = home / "mine"
    own_model(mine, brighter=0.2)
    result = scorer("run", STORY, "--index", home / "index")
    assert (result.exit_code, "made by another model" in result.stderr) == (2, True)
    shutil.rmtree(mine)
    result = scorer("run", STORY, "--index", home / "index")
    assert (result.exit_code, "which is gone" in result.stderr) == (2, True)
    own_model(mine)
    assert scorer("run", STORY, "--index", home / "index").exit_code == 0


@pytest.mark.parametrize("command", [["index", str(EXAMPLES / "music")], ["evaluate", "--dataset", "alm"]])
def test_a_model_that_is_none_is_bad_use(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCORER_INDEX", str(tmp_path / "index"))
    result = scorer(*command, "--model", "nosuch")
    assert result.exit_code == 2
    assert "nosuch" in result.stderr
    assert "scorer models" in result.stderr


def test_the_permissive_pair_indexes_and_reads_without_the_defaults_weights(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_weights = registry.load_weights

    def only_permissive(entry: registry.Entry) -> dict[str, Tensor]:
        assert entry.name.endswith("-permissive"), f"{entry.name} was loaded"
        return load_weights(entry)

    for module in ("music_encoder", "text_encoder"):
        monkeypatch.setattr(f"scorer.nets.{module}.load_weights", only_permissive)
    arguments = ["--index", tmp_path / "index", "--model", "permissive"]
    assert scorer("index", home / "music", *arguments).exit_code == 0
    result = scorer("run", STORY, *arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("\n") > 1
