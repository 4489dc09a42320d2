"""`scorer models`: what is in the box."""

import click

from scorer.cli.options import json_option


@click.command(name="models")
@json_option
def command(as_json: bool) -> None:
    """List the models in the box, their licences and what they learned from; check their files.

    Each has a card beside its file that tells its recipe, its figures and its limits.
    """
    import json

    from scorer.nets.registry import load_weights, pairs, registry

    together = {entry.name: pair.name for pair in pairs().values() for entry in (pair.text, pair.music)}
    for entry in registry().values():
        weights = load_weights(entry)
        numbers = sum(tensor.numel() for tensor in weights.values())
        if as_json:
            row = {"name": entry.name, "file": entry.file, "sha256": entry.sha256, "numbers": numbers}
            click.echo(
                json.dumps(
                    {
                        **row,
                        "pair": together.get(entry.name),
                        "licence": entry.licence,
                        "trained_on": list(entry.trained_on),
                    }
                )
            )
            continue
        click.echo(f"{entry.name}: {numbers:,} numbers in {entry.file}, SHA-256 {entry.sha256[:16]}… as registered")
        if entry.name in together:
            click.echo(f"  pair        --model {together[entry.name]}")
        click.echo(f"  licence     {entry.licence}")
        for place, source in enumerate(entry.trained_on):
            click.echo(f"  {'trained on' if not place else '':<11} {source}")
        click.echo(f"  card        {entry.card}")
