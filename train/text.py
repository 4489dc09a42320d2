"""`python -m train text`: train, calibrate, export and measure the text encoder in the box."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from scorer.files import whole_file
from scorer.nets.labels import LABELS, label_slice
from scorer.nets.quantise import quantised
from scorer.nets.text_encoder import TOKENIZER_FILE, TextEncoder
from scorer.nets.text_net import TextNet
from train.export import MODELS, export
from train.recipe import RECIPES, RUNS, read_recipe
from train.teacher import RECIPE as TEACHER_RECIPE
from train.teacher import taught
from train.text_examples import Corpus, Example, Recipe, draw_epoch, draw_passages, read_corpus
from train.text_figures import figures, mean_features, temperature
from train.text_lessons import Lessons, draw_texts, give_lessons, read_lessons
from train.text_loop import fit
from train.text_start import start

RECIPE = RECIPES / "text.yaml"
WEIGHTS = "weights.safetensors"  # of a run, before calibration
REFIT_ITERATIONS = 100
SUITS_DECAY, LABELS_DECAY, RATINGS_DECAY = 1e-5, 1e-3, 1e-3  # the latter two chosen on validation data


@click.command("text")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
@click.option("--encoder", type=click.Path(path_type=Path), help="Folder of all-mpnet-base-v2, which teaches.")
@click.option("--recipe", "recipe_file", type=click.Path(path_type=Path), default=RECIPE, help="Another recipe.")
@click.option("--run", "name", default="text", help="Name of the run: its checkpoint and history lie in runs/NAME.")
@click.option(
    "--figures", "only_figures", is_flag=True, help="Train nothing; print the figures of the model in the box."
)
@click.option("--side", type=click.Choice(["dev", "test"]), default="dev", help="What the figures are measured on.")
def command(data: Path, encoder: Path | None, recipe_file: Path, name: str, only_figures: bool, side: str) -> None:
    """Train the text encoder, or go on where a run stopped, and write it to models/ if its recipe names a pair."""
    recipe = read_recipe(recipe_file)
    if not only_figures:
        net, tokenizer = train(data, encoder, recipe, RUNS / name)
        if recipe["pair"] is None:
            return
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
    measured = figures(TextEncoder.load(model=recipe["pair"]), corpus, draw_passages(corpus, recipe, "measure"))
    click.echo(json.dumps(measured, indent=1))


def train(data: Path, encoder: Path | None, recipe: Recipe, folder: Path) -> tuple[TextNet, Tokenizer]:
    """Train a network for each of the recipe's seeds; return the mean of their weights (Wortsman et al. 2022)."""
    corpus, states = read_corpus(data, recipe, "train"), []
    folder.mkdir(parents=True, exist_ok=True)
    texts, lessons = _lessons(data, encoder, corpus, recipe, folder) if recipe["teaching"] else ([], None)
    for seed in recipe["seeds"]:
        run, settings = folder / str(seed), {**recipe, "seed": seed}
        run.mkdir(exist_ok=True)
        net, tokenizer, tokenizer_file = start()
        if recipe["start"]:
            net.load_state_dict(_begun(recipe["start"]))
        epochs = [texts or draw_epoch(corpus, settings, number) for number in range(math.ceil(recipe["epochs"]))]
        states.append(fit(net, tokenizer, epochs, settings, run, lessons).state_dict())
    (MODELS / TOKENIZER_FILE).write_bytes(tokenizer_file.read_bytes())
    mean = {
        name: torch.stack([state[name] for state in states]).mean(dim=0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }
    net.load_state_dict(mean)
    settle_untaught(net, recipe)
    refit_suits(net, tokenizer, corpus, recipe)
    refit_labels(net, tokenizer, corpus)
    if recipe["repeats"]["emobank"]:
        refit_ratings(net, tokenizer, corpus)
    with whole_file(folder / WEIGHTS) as part:
        save_file(dict(net.state_dict()), part)
    return net, tokenizer


def _begun(run: str) -> dict[str, torch.Tensor]:
    path = RUNS / run / WEIGHTS
    if not path.exists():
        raise click.UsageError(f"{path}: missing; this recipe begins where the run '{run}' ended, train that first")
    return load_file(path)


def _lessons(
    data: Path, encoder: Path | None, corpus: Corpus, recipe: Recipe, folder: Path
) -> tuple[list[Example], Lessons]:
    """Return the texts that are taught, and what the teacher says of them."""
    texts, path = draw_texts(data, corpus, recipe), folder / "lessons.safetensors"
    if not path.exists():
        if encoder is None:
            raise click.UsageError("this recipe has a teacher: name the folder of all-mpnet-base-v2 with --encoder")
        teacher, tokenizer = taught(data, encoder, read_recipe(TEACHER_RECIPE), RUNS / "teacher")
        give_lessons(path, teacher, tokenizer, texts)
    return texts, read_lessons(path)


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
    _refit(net.suits, lambda: functional.cross_entropy(net.suits(features), targets), SUITS_DECAY)


def refit_labels(net: TextNet, tokenizer: Tokenizer, corpus: Corpus) -> None:
    """Fit the head of GoEmotions' labels to the features of all its comments that have one; few have been drawn."""
    part, head = label_slice("goemotions"), nn.Linear(net.width, len(LABELS["goemotions"]))
    comments = [comment for comment in corpus.goemotions if comment.label is not None]
    features = mean_features(net.eval(), tokenizer, comments)
    labels = torch.tensor([comment.label for comment in comments]) - part.start
    with torch.no_grad():
        head.weight.copy_(net.labels.weight[part])
        head.bias.copy_(net.labels.bias[part])
    _refit(head, lambda: functional.cross_entropy(head(features), labels), LABELS_DECAY)
    with torch.no_grad():
        net.labels.weight[part] = head.weight
        net.labels.bias[part] = head.bias


def refit_ratings(net: TextNet, tokenizer: Tokenizer, corpus: Corpus) -> None:
    """Fit the head of valence and arousal to the averaged network's features of the texts that readers rated."""
    features, head = mean_features(net.eval(), tokenizer, corpus.emobank), net.valence_arousal
    points = torch.tensor([example.point for example in corpus.emobank])
    _refit(head, lambda: functional.mse_loss(torch.sigmoid(head(features)), points), RATINGS_DECAY)


def _refit(head: nn.Linear, loss_of_head: Callable[[], torch.Tensor], decay: float) -> None:
    optimiser = torch.optim.LBFGS(head.parameters(), max_iter=REFIT_ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = loss_of_head() + decay * head.weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]


def calibrate(net: TextNet, tokenizer: Tokenizer, corpus: Corpus, recipe: Recipe) -> list[float]:
    """Divide both mood heads by the temperatures that fit held-out passages; return those."""
    chosen = draw_passages(corpus, recipe, "calibrate")
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
