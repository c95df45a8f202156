"""`curvewise check`: verdict, findings and checkpoint choice."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.cli import _output as output_to

if TYPE_CHECKING:
    from curvewise import Kind, Report, Run

EPILOG = """\b
Examples:
  curvewise check results.csv
  curvewise check job/ --format json -o report.json
  curvewise check ftjob-abc123 azure://ftjob-0123
  curvewise check outputs/ --select overfitting,divergence --fail-on warning
  curvewise check log.csv --map step=iter --map train_loss=nll
  curvewise check results.csv --set reward_gap.watch=0.03
"""


@click.command(epilog=EPILOG, short_help="Judge runs: verdict, findings and checkpoint choice.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
@options.writing
@options.judging
@options.reading
@options.verbosity
def check(
    paths: tuple[str, ...],
    output_format: str,
    output: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    kind: Kind | None,
    mapping: tuple[str, ...],
    config: Path | None,
    settings: tuple[str, ...],
) -> None:
    """Judge training runs: which checkpoint to deploy, what went wrong, what to do next.

    PATH is a result file, a job folder, an output folder with checkpoint-*, - for standard input, or a job
    on a service: ftjob-..., openai://ftjob-... or azure://ftjob-...
    """
    style = output_to.style(to_file=output is not None)
    profile = options.make_profile(config, settings)
    columns = options.parse_mapping(mapping)
    only, without = options.split_names(select) or None, options.split_names(ignore)
    runs = [run for path in paths if (run := load(path, kind, columns)) is not None]
    from curvewise import analyze  # here, because a service may have given time to load it
    from curvewise.plugin import reporters

    reports = [analyze(run, profile=profile, select=only, ignore=without) for run in runs]
    if reports:
        output_to.write(reporters()[output_format](reports, style), output)
    sys.exit(exit_code(reports, len(paths), fail_on))


def load(path: str, kind: Kind | None, mapping: Mapping[str, str]) -> Run | None:
    """Read one path or job; one that cannot be read gives a message on standard error and None."""
    import curvewise

    try:
        return curvewise.load(path, kind=kind, mapping=mapping)
    except curvewise.CurvewiseError as error:
        click.echo(f"error: {error}", err=True)
        return None


def exit_code(reports: list[Report], asked: int, fail_on: str) -> int:
    """Return 2 when something was not read or not judged, else 1 for findings at `fail_on`, else 0."""
    verdicts = {finding.status for report in reports for finding in report.findings}
    judged = all(report.with_status("ok", "warning", "problem") for report in reports)
    if len(reports) < asked or not judged or "crashed" in verdicts:
        return 2
    alarming = {"never": set(), "problem": {"problem"}, "warning": {"problem", "warning"}}[fail_on]
    return 1 if verdicts & alarming else 0
