"""Lay runs side by side: which to take, what differs."""

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
    from collections.abc import Iterable

    from curvewise import Kind

EPILOG = """\b
Examples:
  curvewise compare run-a/ run-b/ run-c/
  curvewise compare runs/*/ --scores scores.csv --sort tokens
  curvewise compare old-report.json new-run/ --format markdown
  curvewise compare runs/*/ --by eval_wer
  curvewise compare runs/*/ -o comparison.html

Exit codes: 0 compared, 2 something could not be read.
"""


def _sorts() -> Iterable[str]:
    from curvewise.comparison import SORTS

    return SORTS


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
@click.option(
    "--scores",
    type=click.Path(exists=True, path_type=Path),
    help="Scores on the real task: CSV or JSON with run, score and maybe n or error; or a folder of "
    "evaluations.",
)
@click.option(
    "--sort",
    type=options.Name("column", _sorts),
    metavar="COLUMN",
    help="given, name, score, best, final, ratio, steps, epochs or tokens.  [default: what decides]",
)
@writing
@options.by_metric
@options.reading
@options.verbosity
def compare(
    paths: tuple[str, ...],
    scores: Path | None,
    sort: str | None,
    output_format: str | None,
    outputs: tuple[Output, ...],
    by: str | None,
    kind: Kind | None,
    mapping: tuple[str, ...],
) -> None:
    """Compare training runs by their best checkpoints, or by scores of an evaluation.

    PATH is what `curvewise check` takes, or the JSON that it wrote. A lower validation loss is not
    always a higher score: give --scores to decide by the task itself.
    """
    import curvewise

    reads = (*paths, *([] if scores is None else [str(scores)]))
    destination = Destination("comparison", outputs, output_format, reads=reads)
    known = None if scores is None else curvewise.read_scores(scores)
    items, failed = reports.read_all(paths, kind, mapping, reports=True)
    if failed:
        sys.exit(2)
    reports.require_runs(items, by=by)
    comparison = curvewise.compare(reports.Judged(items, by=by).reports, scores=known, sort=sort)
    destination.deliver(comparison)
