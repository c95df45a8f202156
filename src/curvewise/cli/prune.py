"""Find checkpoints that could be deleted."""

from __future__ import annotations

import sys

import click

from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import Destination, Output, writing

EPILOG = """\b
Examples:
  curvewise prune outputs/
  curvewise prune outputs/ --keep best,last
  curvewise prune outputs/ --decision decision.json --decision evaluation/
  curvewise prune outputs/ --yes

Exit codes: 0 done, 2 something could not be deleted.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--keep",
    multiple=True,
    default=("best,ties,last",),
    show_default=True,
    metavar="RULES",
    help="Of best, ties, last, candidates, pareto. The last one is always kept.",
)
@click.option(
    "--decision",
    "decisions",
    multiple=True,
    type=click.Path(exists=True),
    help="Keep what this decision, or this folder of an evaluation, names. Repeatable.",
)
@click.option("--yes", is_flag=True, help="Delete them.")
@options.by_metric
@writing
@options.verbosity
def prune(
    folder: str,
    keep: tuple[str, ...],
    decisions: tuple[str, ...],
    yes: bool,
    by: str | None,
    output_format: str | None,
    outputs: tuple[Output, ...],
) -> None:
    """Find the checkpoints of an output folder that could be deleted, and how much that frees.

    Nothing is deleted without --yes. Kept in any case are the last checkpoint, the one that the trainer calls
    its best, and what a decision in the folder names; symbolic links are not followed.
    """
    import curvewise

    destination = Destination("pruning", outputs, output_format)
    plan = curvewise.prunable(folder, keep=options.split_names(keep), decisions=decisions, by=by)
    if yes:
        plan = curvewise.prune(plan)
    destination.deliver(plan)
    sys.exit(2 if plan.failed else 0)
