"""Training of the text network: resumable, with a moving average of the weights."""

import json
import math
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from scorer.nets.labels import LABELS, label_slice
from scorer.nets.text_net import TextNet
from train.text_batches import Batch, collate, plan, tokenise
from train.text_examples import Corpus, draw_epoch

CHECKPOINT_S = 120.0
Recipe = Mapping[str, Any]


def loss_of(net: TextNet, batch: Batch, losses: Mapping[str, float]) -> Tensor:
    """Return the weighted sum of the recipe's losses over a batch."""
    total: Tensor
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = net(batch.tokens, batch.mask)
    rated = batch.rated[:, None]
    found = torch.where(rated, output.valence_arousal.float(), output.plane.float())
    weight = torch.where(rated, losses["ratings"], losses["plane"])
    total = (weight * (found - batch.points).square()).mean()
    rows = batch.has_moods
    if rows.any():
        for number, logits in enumerate((output.moods, output.suits)):
            total = total + losses["moods"] * functional.cross_entropy(logits.float()[rows], batch.moods[rows, number])
    for name in LABELS:
        part = label_slice(name)
        rows = (batch.labels >= part.start) & (batch.labels < part.stop)
        if rows.any():
            entropy = functional.cross_entropy(output.labels.float()[rows, part], batch.labels[rows] - part.start)
            total = total + losses["labels"] * rows.float().mean() * entropy
    return total


def fit(net: TextNet, tokenizer: Tokenizer, corpus: Corpus, recipe: Recipe, folder: Path) -> TextNet:
    """Train `net`, or go on from the checkpoint in `folder`; return it with the averaged weights."""
    torch.manual_seed(recipe["seed"])
    net.body.embeddings.word_embeddings.weight.requires_grad_(False)
    for name, module in net.named_modules():
        if name.endswith("attention.self.dropout") and isinstance(module, nn.Dropout):
            module.p = 0.0  # a fifth of the time, for nothing that was seen in the figures
    optimiser = _optimiser(net, recipe)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    done, path = 0, folder / "checkpoint.pt"
    if path.exists():
        saved = torch.load(path, weights_only=True)
        net.load_state_dict(saved["net"])
        optimiser.load_state_dict(saved["optimiser"])
        average, done = saved["average"], saved["step"]
    epochs = [_epoch(tokenizer, corpus, recipe, number) for number in range(recipe["epochs"])]
    batches = [batch for epoch in epochs for batch in epoch]
    saved_at, told = time.monotonic(), 0.0
    net.train()
    for step in range(done, len(batches)):
        _set_rate(optimiser, recipe, step / len(batches))
        loss = loss_of(net, collate(*batches[step]), recipe["losses"])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        decay = min(recipe["average"], (step + 1) / (step + 10))
        for name, value in net.state_dict().items():
            average[name].lerp_(value, 1.0 - decay)
        told = 0.99 * told + 0.01 * loss.item() if told else loss.item()
        if time.monotonic() - saved_at > CHECKPOINT_S or step + 1 == len(batches):
            state = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "average": average}
            torch.save({**state, "step": step + 1}, folder / "checkpoint.part")
            (folder / "checkpoint.part").replace(path)
            saved_at = time.monotonic()
            with (folder / "history.jsonl").open("a", encoding="utf-8") as history:
                history.write(json.dumps({"step": step + 1, "of": len(batches), "loss": round(told, 4)}) + "\n")
    net.load_state_dict(average)
    return net


def _epoch(
    tokenizer: Tokenizer, corpus: Corpus, recipe: Recipe, number: int
) -> list[tuple[list[list[int]], list[Any]]]:
    examples = draw_epoch(corpus, recipe, number)
    tokens = tokenise(tokenizer, examples)
    rows = plan([len(ids) for ids in tokens], recipe["batch_tokens"], random.Random(f"{recipe['seed']}:{number}"))
    return [([tokens[row] for row in batch], [examples[row] for row in batch]) for batch in rows]


def _optimiser(net: TextNet, recipe: Recipe) -> torch.optim.AdamW:
    body = [p for p in net.body.parameters() if p.requires_grad]
    heads = [p for name, p in net.named_parameters() if not name.startswith("body.")]
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
