"""Write the diagnosis to the tracker of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import Kind

EPILOG = """\b
Examples:
  curvewise post wandb/latest-run --to wandb:team/project/run-id
  curvewise post mlflow.db#upbeat-fish --to mlflow:8ea0ee2304df
  curvewise post outputs/ --to trackio:project/run
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("path", metavar="PATH", type=click.Path(allow_dash=True))
@click.option(
    "--to",
    required=True,
    metavar="RUN",
    help="wandb:ENTITY/PROJECT/RUN (its summary), mlflow:RUN_ID (tags) or trackio:PROJECT/RUN (an alert).",
)
@options.by_metric
@options.reading
@options.verbosity
def post(path: str, to: str, by: str | None, kind: Kind | None, mapping: tuple[str, ...]) -> None:
    """Judge a run and write its diagnosis to W&B, MLflow or Trackio, under names beginning with curvewise."""
    from curvewise import post as post_to
    from curvewise import runs_or_reports
    from curvewise.cli import _reports as reports

    items = runs_or_reports(path, kind=kind, mapping=options.parse_mapping(mapping))
    reports.require_runs(items, by=by)
    report = reports.Judged(items, by=by).reports[0]
    where = post_to(report, to)
    click.echo(f"{report.diagnosis.name}: written to {printable(where)}", err=True)
