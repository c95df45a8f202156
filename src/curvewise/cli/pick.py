"""`curvewise pick`: only the checkpoint table and the choice."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli import _output as output_to

if TYPE_CHECKING:
    from curvewise import Kind
    from curvewise.cli._output import Output

EPILOG = """\b
Examples:
  curvewise pick job/
  curvewise pick ftjob-abc123
  curvewise pick outputs/ --format csv -o checkpoints.csv
  model=$(curvewise pick job/ --format json | jq -r .best.model)
"""


@click.command(epilog=EPILOG, short_help="Show only the checkpoint table and the choice.")
@click.argument("path", metavar="PATH", type=click.Path(allow_dash=True))
@options.writing(default="text")
@options.reading
@options.verbosity
def pick(
    path: str, output_format: str, outputs: tuple[Output, ...], kind: Kind | None, mapping: tuple[str, ...]
) -> None:
    """Choose a checkpoint: the table and the choice, without the findings.

    Exits with 2 when nothing supports a choice.
    """
    from curvewise import analyze, load
    from curvewise.plugin import reporters

    run = load(path, kind=kind, mapping=options.parse_mapping(mapping))
    report = analyze(run, select=())
    output_to.deliver(
        outputs,
        lambda output: output.format or output_format,
        lambda name, style: reporters()[name]([report], style),
        part="selection",
    )
    sys.exit(0 if report.selection.best is not None else 2)
