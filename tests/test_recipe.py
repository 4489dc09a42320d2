"""Recipes: a base and the lines that differ from it."""

from pathlib import Path

import click
import pytest

from train.recipe import RECIPES, read_recipe


def test_a_recipe_has_its_bases_lines_but_for_those_it_changes_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("a: 1\nb: {c: 2, d: {e: 3, f: 4}}\nlist: [1, 2]\n", encoding="utf-8")
    (tmp_path / "own.yaml").write_text("base: base.yaml\nb: {d: {f: 5}}\nlist: [3]\n", encoding="utf-8")
    assert read_recipe(tmp_path / "own.yaml") == {"a": 1, "b": {"c": 2, "d": {"e": 3, "f": 5}}, "list": [3]}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("base: base.yaml\nz: 1", "unknown lines z"),
        ("- a", "mapping"),
        ("a: [", "no recipe"),
        ("base: gone.yaml", "gone"),
    ],
)
def test_a_recipe_that_is_none_is_refused_by_name(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "base.yaml").write_text("a: 1", encoding="utf-8")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(click.ClickException, match=fault):
        read_recipe(tmp_path / "own.yaml")


def test_every_recipe_that_ships_can_be_read() -> None:
    found = sorted(RECIPES.rglob("*.yaml"))
    assert len(found) > 10
    assert all(read_recipe(path) for path in found)
