"""`python -m train text`: train, calibrate, export and measure the text encoder in the box."""

import json
import random
from pathlib import Path

import click
import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from scorer.nets.labels import LABELS, label_slice
from scorer.nets.quantise import quantised
from scorer.nets.text_encoder import TOKENIZER_FILE, TextEncoder
from scorer.nets.text_net import TextNet
from train.export import MODELS, export
from train.recipe import RECIPES, read_recipe
from train.text_examples import Corpus, Example, Recipe, draw_epoch, draw_window, read_corpus
from train.text_figures import figures, mean_features, temperature
from train.text_loop import fit
from train.text_start import start

RECIPE = RECIPES / "text.yaml"
RUNS = Path(__file__).parents[1] / "runs"
REFIT_ITERATIONS, REFIT_DECAY, RATINGS_DECAY = 100, 1e-5, 1e-4
PASSAGES = 800  # windows of held-out tales that the temperature is fitted on, and as many that it is measured on


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
    recipe = read_recipe(recipe_file)
    if not only_figures:
        net, tokenizer = train(data, recipe, RUNS / name)
        found = calibrate(net, tokenizer, read_corpus(data, recipe, "dev"), recipe)
        notes = {"recipe": recipe, "temperatures": found}
        export(
            recipe["name"],
            quantised(net.state_dict()),
            notes=notes,
            licence=recipe["licence"],
            trained_on=recipe["trained_on"],
            place=(recipe["pair"], "text"),
        )
    corpus = read_corpus(data, recipe, side)
    measured = figures(TextEncoder.load(model=recipe["pair"]), corpus, passages(corpus, recipe, "measure"))
    click.echo(json.dumps(measured, indent=1))


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
    settle_untaught(net, recipe)
    refit_suits(net, tokenizer, corpus, recipe)
    if recipe["repeats"]["emobank"]:
        refit_ratings(net, tokenizer, corpus)
    return net, tokenizer


@torch.no_grad()
def settle_untaught(net: TextNet, recipe: Recipe) -> None:
    """Give the heads that no text has taught a value: labels are as likely as any, valence and arousal the plane's."""
    if not recipe["repeats"]["emobank"]:
        net.valence_arousal.load_state_dict(net.plane.state_dict())
    for name in LABELS:
        if not recipe["repeats"].get(name, 1):
            net.labels.weight[label_slice(name)] = 0.0
            net.labels.bias[label_slice(name)] = 0.0


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


def refit_ratings(net: TextNet, tokenizer: Tokenizer, corpus: Corpus) -> None:
    """Fit the head of valence and arousal to the averaged network's features of the texts that readers rated."""
    features = mean_features(net.eval(), tokenizer, corpus.emobank)
    points = torch.tensor([example.point for example in corpus.emobank])
    optimiser = torch.optim.LBFGS(
        net.valence_arousal.parameters(), max_iter=REFIT_ITERATIONS, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = functional.mse_loss(torch.sigmoid(net.valence_arousal(features)), points)
        loss = loss + RATINGS_DECAY * net.valence_arousal.weight.square().sum()
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
