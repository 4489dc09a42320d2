"""`python -m train`: makes the models in the box."""

import importlib

import click

COMMANDS = {
    "teacher": "Train the text encoder's teacher.",
    "text": "Train the text encoder.",
    "music": "Train the music encoder on raw audio.",
    "fit": "Fit the music encoder to labels of your own.",
    "folds": "Measure the music encoder's recipe over ten folds of artists.",
    "sounds": "Train the head of the music encoder that tells music from other sounds.",
    "vggish": "Train the music tower on VGGish features.",
    "space": "Measure the emotion space on validation data.",
    "reach": "Measure on validation data how far out in the plane music is best placed.",
    "benchmark": "Train and measure every strategy; write RESULTS.md.",
    "strategy": "Train and measure one strategy by a recipe of your own.",
    "figure": "Draw text, tags and music of every emotion space.",
    "queries": "Embed passages that the index's search is measured with.",
    "gate": "Measure the models on validation data and raise the floors of tests/gate.yaml.",
}


class LazyGroup(click.Group):
    """A group whose commands are modules of this package, imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or return None for a name that is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"train.{cmd_name}").command
        return command


@click.group(cls=LazyGroup)
def main() -> None:
    """Train and measure the models in the box, from the recipes in train/recipes."""


if __name__ == "__main__":
    main(prog_name="python -m train")
