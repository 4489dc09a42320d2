import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from scorer.cli import cli
from scorer.emotion import MOODS
from scorer.evaluate.datasets import ALM_FILE, AUDIOSET_FILE


def evaluate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["evaluate", "--dataset", "alm", *map(str, arguments)], env={"SCORER_DATA": ""})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in small: two tellers' sentences, and features that mean nothing."""
    for name in (ALM_FILE, AUDIOSET_FILE):
        (tmp_path / name).parent.mkdir(parents=True)
    rows = [
        ("Potter", "happy", "They laughed and danced in the sunshine all day long."),
        ("Potter", "sad", "She wept over the small grave."),
        ("Grimms", "fearful", "The wolf was at the door."),
    ]
    lines = [f"{author}\ttale\t{n}\t{label}\t{text}" for n, (author, label, text) in enumerate(rows)]
    table = "\n".join(["author\tstory\tsent_id\tlabel\ttext", *lines])
    (tmp_path / ALM_FILE).write_text(table + "\n", encoding="utf-8")
    features = np.random.default_rng(0).integers(0, 256, (14, 10, 128), dtype=np.uint8)
    np.savez(tmp_path / AUDIOSET_FILE, vggish=features, mood=np.array(list(MOODS) * 2))
    return tmp_path


def test_json_has_the_promised_shape(data: Path) -> None:
    result = evaluate("--data", data, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["dataset"], found["queries"], found["clips"]) == ("alm", 2, 14)
    assert list(found["mappings"]) == list(found["random"]) == ["VA", "W2V", "Manual"]
    for figures in (*found["mappings"].values(), *found["random"].values()):
        assert 0 <= figures["p_at_5"] <= 1
        assert 0 < figures["mrr"] <= 1
        assert set(figures["per_class"]) == {"happy", "sad"}


def test_the_table_has_a_row_for_each_class_and_mapping(data: Path) -> None:
    said = evaluate("--data", data).stdout
    assert said.startswith("alm: 2 queries, 14 clips")
    assert sum(line.split()[1:2] == ["macro"] for line in said.splitlines()) == 3
    assert "random P@5" in said


def test_missing_data_is_named_with_publisher_and_place(tmp_path: Path) -> None:
    for arguments in ([], ["--data", tmp_path], ["--data", tmp_path / "nowhere"]):
        result = evaluate(*arguments)
        assert result.exit_code == 2
        assert ALM_FILE in result.stderr
        assert AUDIOSET_FILE in result.stderr
        assert "AudioSet" in result.stderr
        assert "--data" in result.stderr or str(tmp_path) in result.stderr
        assert "Traceback" not in result.stderr


def test_damaged_data_is_named(data: Path) -> None:
    (data / AUDIOSET_FILE).write_bytes(b"PK not really")
    result = evaluate("--data", data)
    assert result.exit_code == 2
    assert AUDIOSET_FILE in result.stderr


def test_text_finds_music_far_better_than_chance(shared_data: Path) -> None:
    result = evaluate("--data", shared_data, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["queries"], found["clips"]) == (167, 420)
    for name, figures in found["mappings"].items():
        assert figures["p_at_5"] > 1.8 * found["random"][name]["p_at_5"]
        assert figures["mrr"] > 1.2 * found["random"][name]["mrr"]
