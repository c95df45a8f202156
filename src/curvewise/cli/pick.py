"""Show only the checkpoint table and the choice."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli._commands import ParsedCommand
from curvewise.cli._output import Destination, Output, writing

if TYPE_CHECKING:
    from curvewise import Kind

EPILOG = """\b
Examples:
  curvewise pick job/
  curvewise pick ftjob-abc123
  curvewise pick outputs/ --format csv -o checkpoints.csv
  model=$(curvewise pick job/ --format json | jq -r .best.model)
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("path", metavar="PATH", type=click.Path(allow_dash=True))
@writing
@options.by_metric
@options.reading
@options.verbosity
def pick(
    path: str,
    output_format: str | None,
    outputs: tuple[Output, ...],
    by: str | None,
    kind: Kind | None,
    mapping: tuple[str, ...],
) -> None:
    """Choose a checkpoint: the table and the choice, without the findings.

    It is written as text, json, csv or markdown.

    Exits with 2 when nothing supports a choice.
    """
    from curvewise import analyze, load

    destination = Destination("choice", outputs, output_format, reads=[path])
    report = analyze(load(path, kind=kind, mapping=options.parse_mapping(mapping)), by=by)
    destination.deliver([report])
    sys.exit(0 if report.selection.best is not None else 2)
