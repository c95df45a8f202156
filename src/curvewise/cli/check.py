"""Judge runs: verdict, findings and checkpoint choice."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli import _reports as reports
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import Destination, Output, writing

if TYPE_CHECKING:
    from curvewise import Kind

EPILOG = """\b
Examples:
  curvewise check results.csv
  curvewise check job/ --format json -o report.json
  curvewise check ftjob-abc123 azure://ftjob-0123
  curvewise check mlflow.db
  curvewise check "mlflow.db#upbeat-fish-12"
  curvewise check outputs/ --select overfitting,divergence --fail-on warning
  curvewise check log.csv --map step=iter --map train_loss=nll
  curvewise check results.csv --set reward_gap.watch=0.03
  curvewise check job/ -o text:- -o sarif:out.sarif -o markdown:summary.md
  curvewise check job/ --scores job-evaluation/
  curvewise check outputs/ --baseline last.json -o last.json
  curvewise check outputs/ --by eval_wer

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 something could not be read or judged.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
@writing
@options.judging
@options.by_metric
@options.fail_on
@options.baseline
@options.reading
@options.scoring
@options.verbosity
def check(
    paths: tuple[str, ...],
    output_format: str | None,
    outputs: tuple[Output, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    by: str | None,
    fail_on: str,
    baseline: str | None,
    kind: Kind | None,
    mapping: tuple[str, ...],
    scores: str | None,
    config: Path | None,
    settings: tuple[str, ...],
) -> None:
    """Judge training runs: which checkpoint to deploy, what went wrong, what to do next.

    PATH is a result file, a job folder, an output folder with checkpoint-*, a tracker's store, - for standard
    input, or an address: ftjob-..., azure://ftjob-..., wandb://..., s3://..., hf://USER/MODEL, https://...
    (`curvewise formats` lists all). Of a folder, a store or a console log with up to 20 runs each is judged;
    PATH#NAME is one of them.
    """
    destination = Destination("report", outputs, output_format, reads=paths)
    earlier = reports.read_baseline(baseline)
    items, failed = reports.read_all(paths, kind, mapping, reports=False)
    items = reports.add_scores(scores, paths, items)
    judged = reports.Judged(
        items,
        points=destination.points,
        select=select,
        ignore=ignore,
        config=config,
        settings=settings,
        by=by,
    )
    if items:
        destination.deliver_thinned(judged.thinned)
    sys.exit(reports.exit_code(judged.reports, failed, fail_on, earlier))
