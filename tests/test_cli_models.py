import json

from click.testing import CliRunner

from scorer.cli import cli
from scorer.nets.registry import registry


def test_models_are_listed_with_licence_and_sources() -> None:
    said = CliRunner().invoke(cli, ["models"]).stdout
    for entry in registry().values():
        assert f"{entry.name}:" in said
        assert entry.licence in said
        assert all(source in said for source in entry.trained_on)


def test_json_has_a_row_a_model() -> None:
    lines = CliRunner().invoke(cli, ["models", "--json"]).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["name"] for row in rows] == list(registry())
    assert all(len(row["sha256"]) == 64 and row["numbers"] > 0 for row in rows)
