"""`scorer evaluate`: how well text finds music, on published benchmarks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scorer.cli.options import json_option
from scorer.evaluate import STRATEGIES
from scorer.evaluate.mappings import MAPPINGS

if TYPE_CHECKING:
    from scorer.evaluate.benchmark import Result
    from scorer.evaluate.metrics import Figures


@click.command()
@click.option("--dataset", type=click.Choice(list(MAPPINGS)), required=True, help="The text queries.")
@click.option(
    "--strategy",
    type=click.Choice(["default", *STRATEGIES, "all"]),
    default="default",
    show_default=True,
    help="The models in the box, or a strategy of Won et al. (2021) with frozen MiniLM and a small music tower.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="SCORER_DATA",
    show_envvar=True,
    metavar="DIR",
    help="Folder with text/ and music/.",
)
@click.option(
    "--model",
    metavar="NAME",
    default="default",
    show_default=True,
    help="Whose text encoder the strategy 'default' has: a name that `scorer models` lists, or a folder of your own.",
)
@json_option
def command(dataset: str, strategy: str, data: Path | None, model: str, as_json: bool) -> None:
    """Measure P@5 and MRR of text-to-music retrieval under three label mappings (Won et al. 2021)."""
    from scorer.evaluate.benchmark import evaluate_default
    from scorer.nets.registry import pair

    pair(model)
    results = [evaluate_default(dataset, data, model)] if strategy in ("default", "all") else []
    if strategy != "default":
        from scorer.evaluate.strategies import evaluate_strategies

        results += evaluate_strategies(dataset, data, STRATEGIES if strategy == "all" else (strategy,))
    if as_json:
        import json

        rows = [result_row(result) for result in results]
        click.echo(json.dumps(rows if strategy == "all" else rows[0]))
    else:
        click.echo(_summary(results) if strategy == "all" else _table(results[0]))


def result_row(result: "Result") -> dict[str, Any]:
    """Return a result as the row that --json prints."""
    return {
        "dataset": result.dataset,
        "strategy": result.strategy,
        "queries": result.queries,
        "clips": result.clips,
        "mappings": {name: _figures(figures) for name, figures in result.mappings.items()},
        "random": {name: _figures(figures) for name, figures in result.random.items()},
        "oracle": {name: _figures(figures) for name, figures in result.oracle.items()},
        "confusion": dict(result.confusion),
    }


def _figures(figures: "Figures") -> dict[str, Any]:
    p_at_5_interval, mrr_interval = figures.intervals()
    return {
        "p_at_5": figures.p_at_5,
        "mrr": figures.mrr,
        "p_at_5_interval": list(p_at_5_interval),
        "mrr_interval": list(mrr_interval),
        "per_class": {
            label: {"queries": queries, "p_at_5": precision, "mrr": rank}
            for label, (queries, precision, rank) in figures.per_class.items()
        },
    }


def _head(result: "Result") -> str:
    return f"{result.dataset}: {result.queries} queries, {result.clips} clips; macro averages over text classes"


def _table(result: "Result") -> str:
    from scorer.emotion import MOODS

    lines = [_head(result), ""]
    lines.append(f"{'mapping':<10}{'class':<18}{'queries':>8}{'P@5':>8}{'MRR':>8}{'random P@5':>12}{'random MRR':>12}")
    for name, figures in result.mappings.items():
        chance = result.random[name]
        rows = [("macro", (result.queries, figures.p_at_5, figures.mrr), (0, chance.p_at_5, chance.mrr))]
        rows += [(label, row, chance.per_class[label]) for label, row in figures.per_class.items()]
        for label, (queries, precision, rank), (_, random_precision, random_rank) in rows:
            numbers = f"{queries:>8}{precision:>8.4f}{rank:>8.4f}{random_precision:>12.4f}{random_rank:>12.4f}"
            lines.append(f"{name:<10}{label:<18}{numbers}")
        (low, high), (first, last) = figures.intervals()
        lines.append(
            f"{name:<10}{'95 % interval':<18}{'':>8}  P@5 {low:.3f} to {high:.3f}, MRR {first:.3f} to {last:.3f}"
        )
    lines += ["", "moods of the first five clips, by class"]
    lines.append(f"{'':<18}" + "".join(f"{mood:>10}" for mood in MOODS))
    lines += [f"{label:<18}" + "".join(f"{share:>10.2f}" for share in row) for label, row in result.confusion.items()]
    return "\n".join(lines)


def _summary(results: "list[Result]") -> str:
    first = results[0]
    rows = [(result.strategy, result.mappings) for result in results]
    rows += [("random", first.random), ("oracle", first.oracle)]
    lines = [
        _head(first),
        "",
        f"{'strategy':<18}" + "".join(f"{f'{name} P@5':>13}{'MRR':>8}" for name in first.mappings),
    ]
    for strategy, maps in rows:
        lines.append(f"{strategy:<18}" + "".join(f"{each.p_at_5:>13.4f}{each.mrr:>8.4f}" for each in maps.values()))
    return "\n".join(lines)
