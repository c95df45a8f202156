"""List the runs of a folder or of a tracker's store."""

from __future__ import annotations

import sys

import click

from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import Destination, Output, writing

EPILOG = """\b
Examples:
  curvewise runs mlflow.db
  curvewise runs logs/ --format csv
  curvewise check "mlflow.db#upbeat-fish-12"

Exit codes: 0 every run was read, 2 some could not be.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("path", metavar="PATH", type=click.Path())
@writing
@options.verbosity
def runs(path: str, output_format: str | None, outputs: tuple[Output, ...]) -> None:
    """List the runs at PATH: what to pass for each, kind, last step, status, when.

    PATH is a folder or an archive of runs, a console log of several, TensorBoard's log folder, wandb/,
    swanlog/, mlflow.db, mlruns/, a database of Trackio or Unsloth Studio, or an address such as
    wandb://ENTITY/PROJECT, mlflow://EXPERIMENT or s3://BUCKET/FOLDER.
    """
    import curvewise

    destination = Destination("runs", outputs, output_format, reads=(path,))
    listed = curvewise.runs(path)
    destination.deliver(listed)
    sys.exit(2 if any(each.problem for each in listed) else 0)
