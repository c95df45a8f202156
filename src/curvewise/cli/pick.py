"""`curvewise pick`: only the checkpoint table and the choice."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli import _output as output_to

if TYPE_CHECKING:
    from curvewise import Kind

EPILOG = """\b
Examples:
  curvewise pick job/
  curvewise pick ftjob-abc123
  curvewise pick outputs/ --format csv -o checkpoints.csv
  model=$(curvewise pick job/ --format json | jq -r .best.model)
"""


@click.command(epilog=EPILOG, short_help="Show only the checkpoint table and the choice.")
@click.argument("path", metavar="PATH", type=click.Path(allow_dash=True))
@options.writing
@options.reading
@options.verbosity
def pick(
    path: str, output_format: str, output: Path | None, kind: Kind | None, mapping: tuple[str, ...]
) -> None:
    """Choose a checkpoint: the table and the choice, without the findings.

    Exits with 2 when nothing supports a choice.
    """
    from curvewise import analyze, load
    from curvewise.plugin import reporters

    run = load(path, kind=kind, mapping=options.parse_mapping(mapping))
    report = analyze(run, select=())
    style = output_to.style(to_file=output is not None, part="selection")
    output_to.write(reporters()[output_format]([report], style), output)
    sys.exit(0 if report.selection.best is not None else 2)
