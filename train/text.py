"""`python -m train text`: train, calibrate, export and measure the text encoder in the box."""

import json
import random
from pathlib import Path

import click
import torch
import yaml
from tokenizers import Tokenizer

from scorer.nets.quantise import quantised
from scorer.nets.text_encoder import TOKENIZER_FILE, TextEncoder
from scorer.nets.text_net import TextNet
from train.export import MODELS, export
from train.text_examples import Corpus, Example, Recipe, draw_window, read_corpus
from train.text_figures import figures, mood_logits, temperature
from train.text_loop import fit
from train.text_start import start

RECIPE = Path(__file__).parent / "recipes" / "text.yaml"
RUNS = Path(__file__).parents[1] / "runs"
PASSAGES = 800  # windows of held-out tales that the temperature is fitted on, and as many that it is measured on
LICENCE = "non-commercial use (ISEAR is CC BY-NC-SA; see text.md)"
TRAINED_ON = (
    "all-MiniLM-L6-v2 (Apache-2.0), the starting weights",
    "Alm 2008, tales by the Grimms and Andersen (permissive)",
    "ISEAR, training part (CC BY-NC-SA)",
    "GoEmotions, training part (Apache-2.0)",
    "EmoBank, training part (CC BY-SA 4.0)",
)


@click.command("text")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
@click.option("--recipe", "recipe_file", type=click.Path(path_type=Path), default=RECIPE, help="Another recipe.")
@click.option("--run", "name", default="text", help="Name of the run: its checkpoint and history lie in runs/NAME.")
@click.option(
    "--figures", "only_figures", is_flag=True, help="Train nothing; print the figures of the model in the box."
)
@click.option("--side", type=click.Choice(["dev", "test"]), default="dev", help="What the figures are measured on.")
def command(data: Path, recipe_file: Path, name: str, only_figures: bool, side: str) -> None:
    """Train the text encoder, or go on where a run stopped, and write it to models/."""
    recipe = yaml.safe_load(recipe_file.read_text(encoding="utf-8"))
    if not only_figures:
        folder = RUNS / name
        folder.mkdir(parents=True, exist_ok=True)
        net, tokenizer, tokenizer_file = start()
        net = fit(net, tokenizer, read_corpus(data, recipe, "train"), recipe, folder)
        (MODELS / TOKENIZER_FILE).write_bytes(tokenizer_file.read_bytes())
        found = calibrate(net, tokenizer, read_corpus(data, recipe, "dev"), recipe)
        notes = {"recipe": recipe, "temperature": found}
        export("text", quantised(net.state_dict()), notes=notes, licence=LICENCE, trained_on=TRAINED_ON)
    corpus = read_corpus(data, recipe, side)
    click.echo(json.dumps(figures(TextEncoder.load(), corpus, passages(corpus, recipe, "measure")), indent=1))


def calibrate(net: TextNet, tokenizer: Tokenizer, corpus: Corpus, recipe: Recipe) -> float:
    """Divide the mood head by the temperature that fits held-out passages; return it."""
    chosen = passages(corpus, recipe, "calibrate")
    found = temperature(mood_logits(net.eval(), tokenizer, chosen), chosen)
    with torch.no_grad():
        net.moods.weight.div_(found)
        net.moods.bias.div_(found)
    return found


def passages(corpus: Corpus, recipe: Recipe, purpose: str) -> list[Example]:
    """Return a seeded draw of windows of a side's tales."""
    rng = random.Random(f"{recipe['seed']}/{purpose}")
    return [draw_window(corpus.stories, recipe, rng) for _ in range(PASSAGES)]
