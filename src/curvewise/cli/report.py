"""Write a report: a page, Markdown, SARIF or JUnit."""

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
  curvewise report job/ -o report.html
  curvewise report report.json -o report.md    from the JSON of check
  curvewise report job/ --scores job-evaluation/ -o report.html
  curvewise report runs/* -o report.html -o junit:report.xml
  curvewise check job/ --format json | curvewise report - -o report.html

Exit codes: 0 written, 2 something could not be read or judged. `curvewise check` ends in 1 for findings.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
@writing
@options.judging
@options.by_metric
@options.reading
@options.scoring
@options.verbosity
def report(
    paths: tuple[str, ...],
    output_format: str | None,
    outputs: tuple[Output, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    by: str | None,
    kind: Kind | None,
    mapping: tuple[str, ...],
    scores: str | None,
    config: Path | None,
    settings: tuple[str, ...],
) -> None:
    """Write a report of training runs; the ending of the file tells the format.

    PATH is what `curvewise check` takes, or the JSON that it wrote.
    """
    destination = Destination("report", outputs, output_format, reads=paths)
    items, failed = reports.read_all(paths, kind, mapping, reports=True)
    reports.require_runs(
        items, select=select, ignore=ignore, by=by, config=config, set=settings, kind=kind, map=mapping
    )
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
    sys.exit(reports.exit_code(judged.reports, failed, "never"))
