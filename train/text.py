"""`python -m train text`: train, calibrate, export and measure the text encoder in the box."""

import json
import random
from pathlib import Path

import click
import numpy as np
import torch
import yaml
from tokenizers import Tokenizer
from torch.nn import functional

from scorer.nets.quantise import quantised
from scorer.nets.text_encoder import TOKENIZER_FILE, TextEncoder
from scorer.nets.text_net import TextNet
from train.export import MODELS, export
from train.text_examples import Corpus, Example, Recipe, draw_epoch, draw_window, read_corpus
from train.text_figures import figures, mean_features, temperature
from train.text_loop import fit
from train.text_start import start

RECIPE = Path(__file__).parent / "recipes" / "text.yaml"
RUNS = Path(__file__).parents[1] / "runs"
REFIT_ITERATIONS, REFIT_DECAY = 100, 1e-5
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
        net, tokenizer = train(data, recipe, RUNS / name)
        found = calibrate(net, tokenizer, read_corpus(data, recipe, "dev"), recipe)
        notes = {"recipe": recipe, "temperatures": found}
        export("text", quantised(net.state_dict()), notes=notes, licence=LICENCE, trained_on=TRAINED_ON)
    corpus = read_corpus(data, recipe, side)
    click.echo(json.dumps(figures(TextEncoder.load(), corpus, passages(corpus, recipe, "measure")), indent=1))


def train(data: Path, recipe: Recipe, folder: Path) -> tuple[TextNet, Tokenizer]:
    """Train a network for each of the recipe's seeds; return the mean of their weights (Wortsman et al. 2022)."""
    corpus, states = read_corpus(data, recipe, "train"), []
    for seed in recipe["seeds"]:
        run = folder / str(seed)
        run.mkdir(parents=True, exist_ok=True)
        net, tokenizer, tokenizer_file = start()
        states.append(fit(net, tokenizer, corpus, {**recipe, "seed": seed}, run).state_dict())
    (MODELS / TOKENIZER_FILE).write_bytes(tokenizer_file.read_bytes())
    mean = {
        name: torch.stack([state[name] for state in states]).mean(dim=0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }
    net.load_state_dict(mean)
    refit_suits(net, tokenizer, corpus, recipe)
    return net, tokenizer


def refit_suits(net: TextNet, tokenizer: Tokenizer, corpus: Corpus, recipe: Recipe) -> None:
    """Fit the head of what suits to the averaged network's features, which none of the trained heads has seen."""
    examples = [example for example in draw_epoch(corpus, {**recipe, "seed": "refit"}, 0) if example.moods is not None]
    features = mean_features(net.eval(), tokenizer, examples)
    targets = torch.from_numpy(np.stack([example.moods[1] for example in examples if example.moods is not None]))
    optimiser = torch.optim.LBFGS(net.suits.parameters(), max_iter=REFIT_ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = functional.cross_entropy(net.suits(features), targets)
        loss = loss + REFIT_DECAY * net.suits.weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]


def calibrate(net: TextNet, tokenizer: Tokenizer, corpus: Corpus, recipe: Recipe) -> list[float]:
    """Divide both mood heads by the temperatures that fit held-out passages; return those."""
    chosen = passages(corpus, recipe, "calibrate")
    features = mean_features(net.eval(), tokenizer, chosen)
    moods = torch.from_numpy(np.stack([passage.moods for passage in chosen if passage.moods is not None]))
    found = []
    with torch.no_grad():
        for number, head in enumerate((net.moods, net.suits)):
            divisor = temperature(head(features), moods[:, number])
            head.weight.div_(divisor)
            head.bias.div_(divisor)
            found.append(divisor)
    return found


def passages(corpus: Corpus, recipe: Recipe, purpose: str) -> list[Example]:
    """Return a seeded draw of windows of a side's tales."""
    rng = random.Random(f"{recipe['split_seed']}/{purpose}")
    return [draw_window(corpus.stories, recipe, rng) for _ in range(PASSAGES)]
