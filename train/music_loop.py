"""The training loop of the music network: one process, one CPU thread, a checkpoint an epoch."""

import json
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scorer.files import whole_file
from scorer.nets.mel import FRAMES_PER_SECOND
from scorer.nets.resnet import MusicNet
from scorer.progress import progress_bar
from train.music_augment import Augment, Mixed, augment
from train.music_cache import FloatArray
from train.music_loss import Lessons, TrainingHeads, loss_terms

WARM_UP: Final = 0.05  # share of all steps
LARGEST_GRADIENT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast; see the recipe."""

    seed: int
    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    crop_s: float
    average: float


class Trained(nn.Module):
    """The network that ships and the heads that only training needs."""

    def __init__(self) -> None:
        super().__init__()
        self.net = MusicNet()
        self.heads = TrainingHeads()


def fit(
    pictures: NDArray[np.float16],
    beside: FloatArray,
    rows: NDArray[np.int64],
    lessons: Lessons,
    *,
    schedule: Schedule,
    losses: Mapping[str, float],
    how: Augment,
    folder: Path,
    start: MusicNet | None = None,
) -> Trained:
    """Train on the windows `rows` and return the moving average of the weights, in evaluation mode.

    `beside` (n, BESIDE) is what the network hears of the windows beside their pictures; none of that learns. The
    network begins as `start` where that is given.
    Goes on from `folder`/checkpoint.pt where there is one; appends one line an epoch to `folder`/history.jsonl.
    Every epoch draws its randomness from the seed and its own number, so that going on changes nothing.
    """
    torch.manual_seed(schedule.seed)
    model, average = Trained(), Trained()
    if start is not None:
        model.net.load_state_dict(start.state_dict())
    average.load_state_dict(model.state_dict())
    optimiser = torch.optim.AdamW(_groups(model, schedule.weight_decay), lr=schedule.learning_rate)
    done = _resume(folder, model, average, optimiser)
    steps, said = len(rows) // schedule.batch, torch.from_numpy(beside)
    for epoch in range(done, schedule.epochs):
        begun, sums = time.monotonic(), dict.fromkeys(losses, 0.0)
        torch.manual_seed(schedule.seed * 100_003 + epoch)
        generator = torch.Generator().manual_seed(schedule.seed * 100_003 + epoch)
        model.train()
        with progress_bar(steps, f"epoch {epoch + 1}/{schedule.epochs}", "batch") as bar:
            for step, (index, crop) in enumerate(_batches(pictures, rows, schedule, generator)):
                for group in optimiser.param_groups:
                    group["lr"] = _rate(schedule, epoch * steps + step, schedule.epochs * steps)
                mixed = augment(crop, how, generator)
                terms = _step(model, optimiser, mixed, said[index], lessons.rows(index), losses)
                _follow(average, model, min(schedule.average, 1.0 - 1.0 / (epoch * steps + step + 2)))
                for name, value in terms.items():
                    sums[name] += value / steps
                bar.update()
        _save(folder, epoch + 1, model, average, optimiser)
        _note(folder, {"epoch": epoch + 1, "seconds": round(time.monotonic() - begun, 1), **_rounded(sums)})
    return average.eval()


def _groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    tall = [p for p in model.parameters() if p.dim() > 1]
    flat = [p for p in model.parameters() if p.dim() <= 1]
    return [{"params": tall, "weight_decay": weight_decay}, {"params": flat, "weight_decay": 0.0}]


def _batches(
    pictures: NDArray[np.float16], rows: NDArray[np.int64], schedule: Schedule, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield window numbers (b,) and crops (b, mels, frames) of their log powers, each window once an epoch."""
    frames = round(schedule.crop_s * FRAMES_PER_SECOND)
    order = torch.from_numpy(rows)[torch.randperm(len(rows), generator=generator)]
    for start in range(0, len(order) - schedule.batch + 1, schedule.batch):
        index = order[start : start + schedule.batch]
        starts = torch.randint(0, pictures.shape[2] - frames + 1, (len(index),), generator=generator)
        crops = [pictures[i, :, s : s + frames] for i, s in zip(index.tolist(), starts.tolist(), strict=True)]
        yield index, torch.from_numpy(np.stack(crops).astype(np.float32))


def _rate(schedule: Schedule, step: int, steps: int) -> float:
    """Linear warm-up, then a half cosine to a hundredth."""
    done = step / steps
    if done < WARM_UP:
        return schedule.learning_rate * (done / WARM_UP + 1e-3)
    return schedule.learning_rate * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))))


def _step(
    model: Trained,
    optimiser: torch.optim.Optimizer,
    mixed: Mixed,
    beside: Tensor,
    lesson: Lessons,
    losses: Mapping[str, float],
) -> dict[str, float]:
    # bfloat16 halves the time of the convolutions on processors that have it; losses stay in float32
    with torch.autocast("cpu", torch.bfloat16):
        heard = model.net(mixed.pictures, mixed.of(beside))
    terms = loss_terms(heard, model.heads, lesson.mixed(mixed))
    total = torch.stack([losses[name] * term for name, term in terms.items()]).sum()
    optimiser.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), LARGEST_GRADIENT)
    optimiser.step()
    return {name: float(term.detach()) for name, term in terms.items()}


@torch.no_grad()
def _follow(average: nn.Module, model: nn.Module, keep: float) -> None:
    for old, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if old.is_floating_point():
            old.lerp_(new, 1.0 - keep)
        else:
            old.copy_(new)


def _resume(folder: Path, model: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer) -> int:
    path = folder / "checkpoint.pt"
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    average.load_state_dict(state["average"])
    optimiser.load_state_dict(state["optimiser"])
    click.echo(f"going on after epoch {state['epoch']}", err=True)
    return int(state["epoch"])


def _save(folder: Path, epoch: int, model: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    states = {"model": model.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
    with whole_file(folder / "checkpoint.pt") as part:
        torch.save({"epoch": epoch, **states}, part)


def _note(folder: Path, line: Mapping[str, float]) -> None:
    with (folder / "history.jsonl").open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(line) + "\n")
    click.echo(json.dumps(line), err=True)


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
