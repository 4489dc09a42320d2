"""`python -m train benchmark`: the whole table, trained and measured; goes on where it was stopped."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click
import torch
from safetensors.torch import load_file, save_file

from scorer.cli.evaluate import result_row
from scorer.evaluate import STRATEGIES
from scorer.evaluate.benchmark import evaluate_default
from scorer.evaluate.mappings import MAPPINGS
from scorer.evaluate.strategies import WEIGHTS
from scorer.files import whole_file
from scorer.progress import progress_bar
from train import ambiance
from train.export import export
from train.recipe import RUNS
from train.strategies.results import Run, Table, Within, write_results
from train.strategies.run import Bench, strategy_recipe
from train.strategies.spaces import mapped, mixing, read_spaces, separation

RUN: Final = RUNS / "benchmark"
TRIALS: Final = 10  # trainings of AmbianceNet
LICENCE: Final = "non-commercial use (ISEAR is CC BY-NC-SA; see strategies.md)"
TRAINED_ON: Final = (
    "Alm 2008, tales by the Grimms and Andersen (permissive)",
    "ISEAR, training part (CC BY-NC-SA)",
    "GoEmotions, training part (Apache-2.0)",
    "AudioSet, VGGish features of the balanced training part's mood clips (CC BY 4.0)",
    "word2vec GoogleNews (Apache-2.0), NRC-VAD as AmbianceNet quotes it, Glasgow Norms (CC BY 4.0)",
)


@click.command("benchmark")
@click.option("--data", type=click.Path(path_type=Path), envvar="SCORER_DATA", required=True, help="The data folder.")
@click.option("--fresh", is_flag=True, help="Forget the runs there are.")
def command(data: Path, fresh: bool) -> None:
    """Train and measure every strategy, AmbianceNet and the models in the box; write RESULTS.md and the towers."""
    if fresh:
        for path in RUN.glob("*.*"):
            path.unlink()
    RUN.mkdir(parents=True, exist_ok=True)
    runs = _strategies(data)
    trials = _ambiance(data)
    norms = ambiance.read_norms(data)
    default = {dataset: result_row(evaluate_default(dataset, data)) for dataset in MAPPINGS}
    ours = {name: asdict(each) for name, each in ambiance.default_precision(data, norms).items()}
    _export(runs)
    click.echo(str(write_results(Table(runs, default, trials, ours, _within(data)))))


def _within(data: Path) -> Mapping[str, Mapping[str, Within]]:
    return {
        dataset: {
            space.name: Within(separation(space), mixing(space), mapped(space, dataset))
            for space in read_spaces(dataset, data)
        }
        for dataset in ("alm", "isear")
    }


def _strategies(data: Path) -> list[Run]:
    bench, plan = Bench(data), list(_plan())
    runs = []
    with progress_bar(len(plan), "training", "run") as bar:
        for dataset, strategy, seed in plan:
            path = RUN / f"{dataset}.{strategy}.{seed}.json"
            if not path.exists():
                net, result = bench.train(strategy_recipe(strategy), dataset, seed)
                with whole_file(path.with_suffix(".safetensors")) as part:
                    save_file(dict(net.state_dict()), part)
                _write(path, result_row(result))
            runs.append(Run(dataset, strategy, seed, _read(path)))
            bar.update()
    return runs


def _plan() -> Iterator[tuple[str, str, int]]:
    for dataset in MAPPINGS:
        for strategy in STRATEGIES:
            for seed in strategy_recipe(strategy)["seeds"]:
                yield dataset, strategy, seed


def _ambiance(data: Path) -> Sequence[Mapping[str, Any]]:
    norms = ambiance.read_norms(data)
    trials = []
    with progress_bar(TRIALS, "AmbianceNet", "run") as bar:
        for seed in range(1, TRIALS + 1):
            path = RUN / f"ambiance.{seed}.json"
            if not path.exists():
                _write(path, {name: asdict(each) for name, each in ambiance.trial(data, norms, seed).items()})
            trials.append(_read(path))
            bar.update()
    return trials


def _export(runs: list[Run]) -> None:
    """Put the towers of each strategy's first seed into one file of the box, in half precision."""
    weights: dict[str, torch.Tensor] = {}
    firsts = {(run.dataset, run.strategy): run.seed for run in reversed(runs)}
    for (dataset, strategy), seed in sorted(firsts.items()):
        for name, value in load_file(RUN / f"{dataset}.{strategy}.{seed}.safetensors").items():
            weights[f"{dataset}/{strategy}/{name}"] = value.half()
    recipes = {strategy: strategy_recipe(strategy) for strategy in STRATEGIES}
    export(WEIGHTS, weights, notes={"recipes": recipes}, licence=LICENCE, trained_on=TRAINED_ON)


def _write(path: Path, row: Mapping[str, Any]) -> None:
    with whole_file(path) as part:
        part.write_text(json.dumps(row), encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return row
