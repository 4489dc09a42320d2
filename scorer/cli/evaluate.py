"""`scorer evaluate`: how well text finds music, on published benchmarks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scorer.cli.options import json_option

if TYPE_CHECKING:
    from scorer.evaluate.alm import Result
    from scorer.evaluate.metrics import Figures


@click.command()
@click.option("--dataset", type=click.Choice(["alm"]), required=True, help="The text queries.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="SCORER_DATA",
    show_envvar=True,
    metavar="DIR",
    help="Folder with text/ and music/.",
)
@json_option
def command(dataset: str, data: Path | None, as_json: bool) -> None:
    """Measure P@5 and MRR of text-to-music retrieval under three label mappings (Won et al. 2021)."""
    from scorer.evaluate.alm import evaluate_alm

    result = evaluate_alm(data)
    if as_json:
        import json

        click.echo(json.dumps(_as_json(result)))
    else:
        click.echo(_table(result))


def _as_json(result: "Result") -> dict[str, Any]:
    return {
        "dataset": result.dataset,
        "queries": result.queries,
        "clips": result.clips,
        "mappings": {name: _figures(figures) for name, figures in result.mappings.items()},
        "random": {name: _figures(figures) for name, figures in result.random.items()},
    }


def _figures(figures: "Figures") -> dict[str, Any]:
    return {
        "p_at_5": figures.p_at_5,
        "mrr": figures.mrr,
        "per_class": {
            label: {"queries": queries, "p_at_5": precision, "mrr": rank}
            for label, (queries, precision, rank) in figures.per_class.items()
        },
    }


def _table(result: "Result") -> str:
    lines = [f"{result.dataset}: {result.queries} queries, {result.clips} clips; macro averages over text classes", ""]
    lines.append(f"{'mapping':<10}{'class':<18}{'queries':>8}{'P@5':>8}{'MRR':>8}{'random P@5':>12}{'random MRR':>12}")
    for name, figures in result.mappings.items():
        chance = result.random[name]
        rows = [("macro", (result.queries, figures.p_at_5, figures.mrr), (0, chance.p_at_5, chance.mrr))]
        rows += [(label, row, chance.per_class[label]) for label, row in figures.per_class.items()]
        for label, (queries, precision, rank), (_, random_precision, random_rank) in rows:
            numbers = f"{queries:>8}{precision:>8.4f}{rank:>8.4f}{random_precision:>12.4f}{random_rank:>12.4f}"
            lines.append(f"{name:<10}{label:<18}{numbers}")
    return "\n".join(lines)
