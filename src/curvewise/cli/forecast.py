"""Say whether more training would help."""

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
  curvewise forecast job/
  curvewise forecast ftjob-abc123
  curvewise forecast trainer_state.json --steps 500
  curvewise forecast results.csv --format json | jq .gain

Exit codes: 0 a forecast was made, 2 something could not be read or forecast.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG)
@click.argument("path", metavar="PATH", type=click.Path(allow_dash=True))
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Further steps to forecast.  [default: what is left of the plan, else half as many again]",
)
@writing
@options.reading
@options.verbosity
def forecast(
    path: str,
    steps: int | None,
    output_format: str | None,
    outputs: tuple[Output, ...],
    kind: Kind | None,
    mapping: tuple[str, ...],
) -> None:
    """Say whether more training would help: the expected best validation loss, and the gain."""
    import curvewise

    destination = Destination("forecast", outputs, output_format, reads=[path])
    run = curvewise.load(path, kind=kind, mapping=options.parse_mapping(mapping))
    result = curvewise.forecast(run, steps=steps)
    destination.deliver(result)
    sys.exit(2 if result.verdict == "unknown" and result.probability is None else 0)
