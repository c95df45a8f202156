"""Answer agents over the Model Context Protocol."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from curvewise.cli._commands import ParsedCommand

EPILOG = """\b
Examples:
  curvewise mcp
  curvewise mcp outputs/ ~/runs
  curvewise mcp --services
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument(
    "roots", nargs=-1, metavar="[ROOT]...", type=click.Path(exists=True, file_okay=False, path_type=str)
)
@click.option(
    "--services",
    is_flag=True,
    help="Also read addresses (of jobs, trackers, buckets, the Hub and the web), with the keys of the "
    "environment.",
)
def mcp(roots: tuple[str, ...], services: bool) -> None:
    """Answer agents over the Model Context Protocol, on standard input and output; every tool only reads.

    ROOT is a folder that may be read, with all below it: by default the current one.
    """
    from curvewise import UsageError
    from curvewise.mcp import serve

    if not roots and Path.cwd() == Path(Path.cwd().anchor):  # where some clients start what they run
        raise UsageError(
            "the current folder is that of the whole disk", hint="name the folders: curvewise mcp ROOT"
        )
    if sys.stdin.isatty():
        click.echo("waiting for a client on standard input: one starts this command itself", err=True)
    serve(roots or (".",), services=services)
