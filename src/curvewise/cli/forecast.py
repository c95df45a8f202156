"""`curvewise forecast`: say whether more training would help."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli import _output as output_to
from curvewise.cli import _output_options as output_options
from curvewise.cli._commands import ParsedCommand

if TYPE_CHECKING:
    from curvewise import Forecast, Kind

EPILOG = """\b
Examples:
  curvewise forecast job/
  curvewise forecast ftjob-abc123
  curvewise forecast trainer_state.json --steps 500
  curvewise forecast results.csv --format json | jq .gain

Exit codes: 0 a forecast was made, 2 something could not be read or forecast.
"""


@click.command(cls=ParsedCommand, epilog=EPILOG, short_help="Say whether more training would help.")
@click.argument("path", metavar="PATH", type=click.Path(allow_dash=True))
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Further steps to forecast.  [default: what is left of the plan, else half as many again]",
)
@output_options.one_output("json")
@options.reading
@options.verbosity
def forecast(
    path: str,
    steps: int | None,
    output_format: str,
    output: Path | None,
    kind: Kind | None,
    mapping: tuple[str, ...],
) -> None:
    """Say whether more training would help: the expected best validation loss, and the gain."""
    import curvewise

    output_to.spare([path], [output])
    run = curvewise.load(path, kind=kind, mapping=options.parse_mapping(mapping))
    found = curvewise.forecast(run, steps=steps)
    text = curvewise.encode(found) if output_format == "json" else "\n".join((*_lines(found), ""))
    output_to.write(text, output)
    sys.exit(2 if found.probability is None else 0)


def _lines(found: Forecast) -> Iterator[str]:
    import textwrap

    yield from textwrap.wrap(found.reason, min(100, output_to.terminal_width()))
    if found.expected is None or found.interval is None or found.gain is None or found.gain_interval is None:
        return
    low, high = found.gain_interval
    ahead = "as planned or asked for" if found.planned else "half as many again as were trained"
    yield ""
    yield f"  best so far   {found.best:.4g} at step {found.best_step:,}"
    yield (
        f"  expected      {found.expected:.4g} by step {found.end_step:,}, "
        f"90 % interval {found.interval[0]:.4g} to {found.interval[1]:.4g}"
    )
    yield f"  gain          {100 * found.gain:.2g} %, 90 % interval {100 * low:.2g} % to {100 * high:.2g} %"
    yield f"  probability   {100 * (found.probability or 0.0):.0f} % for a gain of 1 % or more"
    yield f"  basis         {found.points:,} evaluations of {found.metric} ({found.basis})"
    yield f"  ahead         {found.horizon:,} steps after step {found.step:,}: {ahead}"
