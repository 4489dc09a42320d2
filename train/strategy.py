"""`python -m train strategy RECIPE --dataset D`: one strategy by a recipe of your own, trained and measured."""

import json
from pathlib import Path

import click

from scorer.cli.evaluate import result_row
from scorer.evaluate.mappings import MAPPINGS
from train.recipe import read_recipe
from train.strategies.run import Bench


@click.command("strategy")
@click.argument("recipe_file", metavar="RECIPE", type=click.Path(path_type=Path))
@click.option("--dataset", type=click.Choice(list(MAPPINGS)), required=True, help="The text data set.")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
@click.option("--seed", type=int, default=1, show_default=True)
def command(recipe_file: Path, dataset: str, data: Path, seed: int) -> None:
    """Train one strategy and print its result on the test side, as `scorer evaluate --json` does."""
    recipe = read_recipe(recipe_file)
    _, result = Bench(data).train(recipe, dataset, seed)
    click.echo(json.dumps({"recipe": recipe, **result_row(result)}, indent=1))
