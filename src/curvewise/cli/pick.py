"""`curvewise pick`: only the checkpoint table and the choice."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli import _output as output_to
from curvewise.cli._commands import ParsedCommand

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
OF_FINDINGS = frozenset({"github", "html", "junit", "sarif"})
"""Formats that would say of a choice that nothing was found, or nothing judged."""


@click.command(cls=ParsedCommand, epilog=EPILOG, short_help="Show only the checkpoint table and the choice.")
@click.argument("path", metavar="PATH", type=click.Path(allow_dash=True))
@options.writing
@options.reading
@options.verbosity
def pick(
    path: str,
    output_format: str | None,
    outputs: tuple[Output, ...],
    kind: Kind | None,
    mapping: tuple[str, ...],
) -> None:
    """Choose a checkpoint: the table and the choice, without the findings.

    It is written as text, json, csv or markdown.

    Exits with 2 when nothing supports a choice.
    """
    from curvewise import UsageError, analyze, load
    from curvewise.plugin import reporters

    output_to.spare([path], [output.path for output in outputs])
    format_of = options.formats_of(outputs, output_format, otherwise="text")
    for name in (output_format, *map(format_of, outputs)):
        if name in OF_FINDINGS:
            raise UsageError(
                f"a choice cannot be written as {name}, which is for findings",
                hint="choose text, json, csv or markdown, or use `curvewise report`",
            )
    run = load(path, kind=kind, mapping=options.parse_mapping(mapping))
    report = analyze(run, select=())
    output_to.deliver(
        outputs,
        format_of,
        lambda name, style: reporters()[name]([report], style),
        part="selection",
    )
    sys.exit(0 if report.selection.best is not None else 2)
