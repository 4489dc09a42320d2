"""`python -m train teacher`: a larger encoder learns what the text encoder is to know, and teaches it.

The teacher is all-mpnet-base-v2 (Song et al. 2020; Reimers and Gurevych 2019), 109 million parameters, with the heads
of the text network. It does not ship: the text network learns from what it says (Hinton et al. 2015), of texts that
people labelled and of others.
"""

import hashlib
import json
import math
from pathlib import Path
from typing import Final

import click
from tokenizers import Tokenizer
from transformers import AutoModel

from scorer.errors import ModelError
from scorer.nets.text_encoder import TextEncoder
from scorer.nets.text_net import MAX_TOKENS, TextNet
from train.recipe import RECIPES, RUNS, read_recipe
from train.text_examples import Recipe, draw_epoch, draw_passages, read_corpus
from train.text_figures import figures
from train.text_loop import fit

RECIPE: Final = RECIPES / "text-teacher.yaml"
SHA256: Final = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"  # of model.safetensors as published


@click.command("teacher")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
@click.option("--encoder", type=click.Path(path_type=Path), required=True, help="Folder of all-mpnet-base-v2.")
@click.option("--run", "name", default="teacher", help="Name of the run: its checkpoint and history lie in runs/NAME.")
def command(data: Path, encoder: Path, name: str) -> None:
    """Train the text encoder's teacher, or go on where a run stopped, and print its figures on validation data."""
    recipe = read_recipe(RECIPE)
    net, tokenizer = taught(data, encoder, recipe, RUNS / name)
    corpus = read_corpus(data, recipe, "dev")
    reader = TextEncoder(net=net, tokenizer=tokenizer, digest="", device="cpu")
    click.echo(json.dumps(figures(reader, corpus, draw_passages(corpus, recipe, "measure")), indent=1))


def taught(data: Path, encoder: Path, recipe: Recipe, run: Path) -> tuple[TextNet, Tokenizer]:
    """Return the teacher, trained in `run`, and its tokenizer. Raises `ModelError` where `encoder` is not it."""
    net, tokenizer = untaught(encoder)
    run.mkdir(parents=True, exist_ok=True)
    corpus, settings = read_corpus(data, recipe, "train"), {**recipe, "seed": recipe["seeds"][0]}
    epochs = [draw_epoch(corpus, settings, number) for number in range(math.ceil(recipe["epochs"]))]
    return fit(net, tokenizer, epochs, settings, run), tokenizer


def untaught(encoder: Path) -> tuple[TextNet, Tokenizer]:
    """Return the network with the publisher's weights and fresh heads, and its tokenizer."""
    try:
        weights, tokenizer = encoder / "model.safetensors", Tokenizer.from_file(str(encoder / "tokenizer.json"))
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    except Exception as error:  # tokenizers raises a bare Exception for a missing file
        raise ModelError(f"{encoder}: not all-mpnet-base-v2 ({error}); give the publisher's folder") from error
    if digest != SHA256:
        raise ModelError(f"{weights}: not the publisher's all-mpnet-base-v2 (SHA-256 differs)")
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    body = AutoModel.from_pretrained(encoder, add_pooling_layer=False)
    return TextNet(body=body, width=body.config.hidden_size), tokenizer
