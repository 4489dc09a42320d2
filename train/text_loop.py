"""Training of the text network: resumable, with a moving average of the weights."""

import json
import math
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from scorer.nets.text_net import WIDTH, TextNet
from train.text_batches import Batch, collate, plan, tokenise
from train.text_examples import Corpus, draw_epoch, label_names

CHECKPOINT_S = 120.0
Recipe = Mapping[str, Any]


class Learner(nn.Module):
    """The network that ships and the heads that do not: one for each data set's own labels."""

    def __init__(self, net: TextNet, label_counts: Sequence[int]) -> None:
        super().__init__()
        self.net = net
        self.label_heads = nn.ModuleList(nn.Linear(WIDTH, count) for count in label_counts)

    def loss(self, batch: Batch, losses: Mapping[str, float]) -> Tensor:
        """Return the weighted sum of the recipe's losses over a batch."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = self.net(batch.tokens, batch.mask)
        features = output.features.float()
        total = losses["valence_arousal"] * functional.mse_loss(output.valence_arousal.float(), batch.points)
        if batch.has_moods.any():
            logits = output.moods.float()[batch.has_moods]
            total = total + losses["moods"] * functional.cross_entropy(logits, batch.moods[batch.has_moods])
        for number, head in enumerate(self.label_heads):
            rows = batch.label_sets == number
            if rows.any():
                share = rows.float().mean()
                entropy = functional.cross_entropy(head(features[rows]), batch.labels[rows])
                total = total + losses["labels"] * share * entropy
        return total


def fit(net: TextNet, tokenizer: Tokenizer, corpus: Corpus, recipe: Recipe, folder: Path) -> TextNet:
    """Train `net`, or go on from the checkpoint in `folder`; return it with the averaged weights."""
    torch.manual_seed(recipe["seed"])
    learner = Learner(net, [len(names) for names in label_names(recipe)])
    net.body.embeddings.word_embeddings.weight.requires_grad_(False)
    optimiser = _optimiser(learner, recipe)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    done, path = 0, folder / "checkpoint.pt"
    if path.exists():
        saved = torch.load(path, weights_only=True)
        learner.load_state_dict(saved["learner"])
        optimiser.load_state_dict(saved["optimiser"])
        average, done = saved["average"], saved["step"]
    epochs = [_epoch(tokenizer, corpus, recipe, number) for number in range(recipe["epochs"])]
    batches = [batch for epoch in epochs for batch in epoch][: recipe["steps"]]
    saved_at, told = time.monotonic(), 0.0
    learner.train()
    for step in range(done, len(batches)):
        _set_rate(optimiser, recipe, step / len(batches))
        loss = learner.loss(collate(*batches[step]), recipe["losses"])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimiser.step()
        decay = min(recipe["average"], (step + 1) / (step + 10))
        for name, value in net.state_dict().items():
            average[name].lerp_(value, 1.0 - decay)
        told = 0.99 * told + 0.01 * loss.item() if told else loss.item()
        if time.monotonic() - saved_at > CHECKPOINT_S or step + 1 == len(batches):
            state = {"learner": learner.state_dict(), "optimiser": optimiser.state_dict(), "average": average}
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


def _optimiser(learner: Learner, recipe: Recipe) -> torch.optim.AdamW:
    body = [p for p in learner.net.body.parameters() if p.requires_grad]
    heads = [p for name, p in learner.named_parameters() if not name.startswith("net.body.")]
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
