"""`python -m scorer` is the command line."""

from scorer.cli import cli

cli(prog_name="scorer")
