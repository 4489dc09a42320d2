import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from scorer.cli import cli
from scorer.emotion import MOODS
from scorer.evaluate import STRATEGIES
from scorer.evaluate.datasets import ALM_FILE, AUDIOSET_FILE, GOEMOTIONS_FILE, ISEAR_FILE


def evaluate(*arguments: str | Path, dataset: str = "alm") -> Result:
    return CliRunner().invoke(cli, ["evaluate", "--dataset", dataset, *map(str, arguments)], env={"SCORER_DATA": ""})


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


def test_isear_is_measured_on_the_test_part_of_its_split(data: Path) -> None:
    emotions = ("anger", "disgust", "fear", "guilt", "joy", "sadness", "shame")
    rows = [f"{n}\t{emotion}\tI remember {emotion} number {n}.\t3" for emotion in emotions for n in range(20)]
    rows.append("0\tjoy\t[ No response.]\t3")
    (data / ISEAR_FILE).parent.mkdir()
    (data / ISEAR_FILE).write_text("\n".join(["mykey\temotion\ttext\tintensity", *rows]), encoding="utf-8")
    found = json.loads(evaluate("--data", data, "--json", dataset="isear").stdout)
    assert found["queries"] == 7 * 3
    assert set(found["mappings"]["VA"]["per_class"]) == set(emotions)


def test_comments_without_one_emotion_are_no_queries(data: Path) -> None:
    rows = ["Love this!\t18\ta", "Whatever.\t27\tb", "Great, I hate it\t0,2\tc", "So sad, so sorry\t25,24\td"]
    (data / GOEMOTIONS_FILE).parent.mkdir()
    (data / GOEMOTIONS_FILE).write_text("\n".join(rows), encoding="utf-8")
    found = json.loads(evaluate("--data", data, "--json", dataset="goemotions").stdout)
    assert {label: row["queries"] for label, row in found["mappings"]["Manual"]["per_class"].items()} == {
        "joy": 1,
        "sadness": 1,
    }


def test_all_strategies_stand_beside_chance_and_the_best_there_can_be(data: Path) -> None:
    lines = evaluate("--data", data, "--strategy", "all").stdout.splitlines()
    assert [line.split()[0] for line in lines[3:]] == ["default", *STRATEGIES, "random", "oracle"]
    rows = json.loads(evaluate("--data", data, "--strategy", "all", "--json").stdout)
    assert [row["strategy"] for row in rows] == ["default", *STRATEGIES]
    assert all(figures["mrr"] == 1.0 for row in rows for figures in row["oracle"].values())


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
