"""The command line: parses, calls, prints and exits; each command is loaded only when it is used."""

import importlib
import logging
import signal
import sys
import traceback
from typing import Any

import click

from scorer import __version__
from scorer.cli.stdout import checked_stdout
from scorer.errors import ScorerError

COMMANDS = {
    "index": "Turn music folders into an index.",
    "library": "List what is in the index.",
    "run": "Turn a book into a cue sheet.",
    "explain": "Say why a cue is what it is.",
    "cues": "Check a cue sheet that was edited.",
    "render": "Mix a narration with the music of its cue sheet.",
    "preview": "Mix a stretch of it, to hear how it will be.",
    "models": "List the models in the box.",
    "evaluate": "Measure how well text finds music on published benchmarks.",
    "doctor": "Check that all is there that scorer needs.",
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of this package, one a module, under the name `command`.

    Errors of scorer end here: one line on stderr and the error's exit code, or the traceback with --debug.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module, or return None for a name that is no command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"scorer.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them, so that help answers at once."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the program; where help itself cannot be written, say so. A pipe that is closed ends it in silence."""
        with checked_stdout():
            try:
                return super().main(*args, **extra)
            except ScorerError as error:
                _explain(f"scorer: {error}", debug=False)
                sys.exit(error.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn errors into one line and an exit code."""
        debug = bool(ctx.params.get("debug"))
        try:
            return super().invoke(ctx)
        except ScorerError as error:
            _explain(f"scorer: {' '.join(str(error).split())}", debug)
            ctx.exit(error.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            _explain("scorer: stopped; nothing half-written is left, so the same command can be run again", debug)
            ctx.exit(130)
        except Exception as error:
            _explain(f"scorer: internal error: {type(error).__name__}: {error} (see it whole with --debug)", debug)
            ctx.exit(1)


def _explain(line: str, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    click.echo(line, err=True)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="scorer")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Set music under books, offline, on your own music.

    \b
    scorer index ./library                        a music folder becomes an index
    scorer run book.epub -o cues.csv              the book becomes a cue sheet
    scorer render book.epub --narration narr.wav  the cue sheet becomes a finished mix
    scorer evaluate --dataset alm                 how well text finds music
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that a killed run, too, leaves nothing half-written
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG if debug else logging.ERROR)
