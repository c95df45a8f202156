"""Name the checkpoints to evaluate on the real task."""

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
  curvewise candidates job/
  curvewise candidates ftjob-abc123 --with-base --production gpt-4.1
  curvewise candidates job/ --format json | jq -r '.contenders[].model'

Exit codes: 0 there are candidates, 2 something could not be read or nothing supports a choice.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("path", metavar="PATH|JOB", type=click.Path(allow_dash=True))
@options.nominating
@writing
@options.reading
@options.verbosity
def candidates(
    path: str,
    most: int,
    by: str | None,
    with_base: bool,
    base: str | None,
    production: str | None,
    output_format: str | None,
    outputs: tuple[Output, ...],
    kind: Kind | None,
    mapping: tuple[str, ...],
) -> None:
    """Name two or three checkpoints to evaluate on the real task, with the reason for each.

    Also says which difference of accuracy 30, 100 and 300 samples could show between them.
    """
    import curvewise

    destination = Destination("candidates", outputs, output_format, reads=[path])
    run = curvewise.load(path, kind=kind, mapping=options.parse_mapping(mapping))
    result = curvewise.candidates(
        run, most=most, with_base=with_base, base=base, production=production, by=by
    )
    destination.deliver(result)
    sys.exit(0 if any(not each.is_reference for each in result.contenders) else 2)
