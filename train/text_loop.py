"""Training of the text network: resumable, with a moving average of the weights."""

import json
import math
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from scorer.nets.labels import LABELS, label_slice
from scorer.nets.text_net import TextNet, TextOutput
from train.text_batches import Batch, collate, plan, tokenise
from train.text_examples import Example, Recipe
from train.text_lessons import Lessons

CHECKPOINT_S = 120.0
Planned = tuple[list[list[int]], list[Example], list[int]]


class Pupil(nn.Module):
    """A text network, and what only its training needs: its view of the teacher's features (n, `taught_width`)."""

    def __init__(self, net: TextNet, taught_width: int) -> None:
        super().__init__()
        self.net = net
        self.view = nn.Linear(net.width, taught_width)


def loss_of(pupil: Pupil, batch: Batch, losses: Mapping[str, float], lesson: Lessons | None = None) -> Tensor:
    """Return the weighted sum of the recipe's losses over a batch; `lesson` is what the teacher says of its texts."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        features = pupil.net.features(batch.tokens, batch.mask)
    output = pupil.net.read(features.float())
    total = _loss_of_people(output, batch, losses)
    if lesson is not None:
        total = total + _loss_of_teacher(output, pupil.view(features.float()), lesson, losses)
    return total


def _loss_of_people(output: TextOutput, batch: Batch, losses: Mapping[str, float]) -> Tensor:
    rated = batch.rated[:, None]
    found = torch.where(rated, output.valence_arousal, output.plane)
    weight = torch.where(rated, losses["ratings"], losses["plane"])
    known = ~batch.points.isnan()
    total = (weight * (found - batch.points.nan_to_num()).square() * known).mean()
    rows = batch.has_moods
    if rows.any():
        for number, logits in enumerate((output.moods, output.suits)):
            total = total + losses["moods"] * functional.cross_entropy(logits[rows], batch.moods[rows, number])
    for name in LABELS:
        part = label_slice(name)
        rows = (batch.labels >= part.start) & (batch.labels < part.stop)
        if rows.any():
            entropy = functional.cross_entropy(output.labels[rows, part], batch.labels[rows] - part.start)
            total = total + losses["labels"] * rows.float().mean() * entropy
    return total


def _loss_of_teacher(output: TextOutput, view: Tensor, lesson: Lessons, losses: Mapping[str, float]) -> Tensor:
    """Compare with the teacher: what it says, by cross-entropies and squared error, and its features."""
    total = losses["taught_moods"] * functional.cross_entropy(output.moods, lesson.moods)
    total = total + losses["taught_moods"] * functional.cross_entropy(output.suits, lesson.suits)
    for name in LABELS:
        part = label_slice(name)
        entropy = functional.cross_entropy(output.labels[:, part], lesson.labels[:, part])
        total = total + losses["taught_labels"] * entropy
    points = (output.valence_arousal - lesson.valence_arousal).square()
    total = (
        total
        + losses["taught_ratings"] * points.mean()
        + losses["plane"] * functional.mse_loss(output.plane, lesson.plane)
    )
    return total + losses["taught_features"] * functional.mse_loss(view, lesson.features)


def fit(
    net: TextNet,
    tokenizer: Tokenizer,
    epochs: Sequence[Sequence[Example]],
    recipe: Recipe,
    folder: Path,
    lessons: Lessons | None = None,
) -> TextNet:
    """Train `net`, or go on from the checkpoint in `folder`; return it with the averaged weights.

    `epochs` are the texts of each; where there are `lessons`, row i of them belongs to text i of every epoch.
    """
    torch.manual_seed(recipe["seed"])
    _freeze(net, recipe)
    pupil = Pupil(net, lessons.features.shape[1] if lessons else 1)
    optimiser = _optimiser(pupil, recipe)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    done, path = 0, folder / "checkpoint.pt"
    if path.exists():
        saved = torch.load(path, weights_only=True)
        net.load_state_dict(saved["net"])
        pupil.view.load_state_dict(saved["view"])
        optimiser.load_state_dict(saved["optimiser"])
        average, done = saved["average"], saved["step"]
    batches = _batches(tokenizer, epochs, recipe)
    saved_at, told = time.monotonic(), 0.0
    net.train()
    for step in range(done, len(batches)):
        _set_rate(optimiser, recipe, step / len(batches))
        tokens, examples, rows = batches[step]
        lesson = lessons.rows(rows) if lessons else None
        loss = loss_of(pupil, collate(tokens, examples), recipe["losses"], lesson)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(pupil.parameters(), 1.0)
        optimiser.step()
        decay = min(recipe["average"], (step + 1) / (step + 10))
        for name, value in net.state_dict().items():
            average[name].lerp_(value, 1.0 - decay)
        told = 0.99 * told + 0.01 * loss.item() if told else loss.item()
        if time.monotonic() - saved_at > CHECKPOINT_S or step + 1 == len(batches):
            state = {"net": net.state_dict(), "view": pupil.view.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save({**state, "average": average, "step": step + 1}, folder / "checkpoint.part")
            (folder / "checkpoint.part").replace(path)
            saved_at = time.monotonic()
            with (folder / "history.jsonl").open("a", encoding="utf-8") as history:
                history.write(json.dumps({"step": step + 1, "of": len(batches), "loss": round(told, 4)}) + "\n")
    net.load_state_dict(average)
    return net


def _freeze(net: TextNet, recipe: Recipe) -> None:
    net.body.embeddings.word_embeddings.weight.requires_grad_(False)
    for layer in net.body.encoder.layer[: recipe["frozen_layers"]]:
        layer.requires_grad_(False)
    for name, module in net.named_modules():
        if name.endswith((".self.dropout", ".attn.dropout")) and isinstance(module, nn.Dropout):
            module.p = 0.0  # a fifth of the time, for nothing that was seen in the figures


def _batches(tokenizer: Tokenizer, epochs: Sequence[Sequence[Example]], recipe: Recipe) -> list[Planned]:
    """Return each batch's word pieces, its texts and their rows in the epoch; of a last, broken epoch only its part."""
    batches: list[Planned] = []
    for number, examples in enumerate(epochs):
        tokens = tokenise(tokenizer, examples)
        rng = random.Random(f"{recipe['seed']}:{number}")
        for rows in plan([len(ids) for ids in tokens], recipe["batch_tokens"], rng):
            batches.append(([tokens[row] for row in rows], [examples[row] for row in rows], rows))
    return batches[: round(len(batches) * recipe["epochs"] / len(epochs))]


def _optimiser(pupil: Pupil, recipe: Recipe) -> torch.optim.AdamW:
    body = [p for p in pupil.net.body.parameters() if p.requires_grad]
    heads = [p for name, p in pupil.named_parameters() if not name.startswith("net.body.")]
    groups = [
        {"params": body, "scale": recipe["learning_rate"]},
        {"params": heads, "scale": recipe["head_learning_rate"]},
    ]
    return torch.optim.AdamW(groups, weight_decay=recipe["weight_decay"])


def _set_rate(optimiser: torch.optim.Optimizer, recipe: Recipe, done: float) -> None:
    """Warm up linearly, then fall to zero along half a cosine."""
    warm = recipe["warm_up"]
    rate = done / warm if done < warm else 0.5 * (1.0 + math.cos(math.pi * (done - warm) / (1.0 - warm)))
    for group in optimiser.param_groups:
        group["lr"] = group["scale"] * rate
