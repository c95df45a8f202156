"""List recent jobs, each with its best checkpoint so far."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import Destination, Output, writing
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import CurvewiseError

EPILOG = """\b
Examples:
  curvewise jobs
  curvewise jobs --status running --status paused
  curvewise jobs --provider azure --limit 100 -o jobs.csv

Exit codes: 0 every job was read, 2 some could not be.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.option(
    "--provider",
    "providers",
    multiple=True,
    type=options.Name("provider", options.provider_names),
    metavar="NAME",
    help="Ask this service. Repeatable.  [default: all with credentials]",
)
@click.option(
    "--status", "statuses", multiple=True, metavar="STATUS", help="List only these statuses. Repeatable."
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="Most jobs to list.",
)
@click.option(
    "--no-best", "quick", is_flag=True, help="Leave the checkpoints out: one request a page of the list."
)
@writing
@options.verbosity
def jobs(
    providers: tuple[str, ...],
    statuses: tuple[str, ...],
    limit: int,
    quick: bool,
    output_format: str | None,
    outputs: tuple[Output, ...],
) -> None:
    """List recent jobs, the newest first: status, model, progress, best checkpoint so far."""
    import curvewise

    destination = Destination("jobs", outputs, output_format)
    failures: list[str] = []

    def failed(provider: str, error: CurvewiseError) -> None:
        failures.append(provider)
        click.echo(f"error: {provider}: {error}", err=True)

    listed = curvewise.jobs(providers, statuses=statuses, limit=limit, best=not quick, failed=failed)
    if listed or destination.formats != {"text"} or not failures:
        destination.deliver(listed)
    if not listed and statuses:
        wanted = " or ".join(printable(status, 40) for status in statuses)
        click.echo(f"no job has the status {wanted}; without --status, all are listed", err=True)
    sys.exit(2 if failures or any(each.problem for each in listed) else 0)
