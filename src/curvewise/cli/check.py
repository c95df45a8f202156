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
  curvewise check outputs/ --select overfitting,divergence --fail-on warning
  curvewise check log.csv --map step=iter --map train_loss=nll
  curvewise check results.csv --set reward_gap.watch=0.03
  curvewise check job/ --scores job-evaluation/
"""


@click.command(epilog=EPILOG, short_help="Judge runs: verdict, findings and checkpoint choice.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(allow_dash=True))
@options.writing
@click.option(
    "--select", multiple=True, metavar="CHECK", help="Run only these checks. Repeatable, or with commas."
)
@click.option(
    "--ignore", multiple=True, metavar="CHECK", help="Leave these checks out. Repeatable, or with commas."
)
@click.option(
    "--fail-on",
    type=click.Choice(["warning", "problem", "never"]),
    default="problem",
    show_default=True,
    help="Exit with 1 when a finding is at least this.",
)
@options.reading
@options.scoring
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of thresholds.  [default: the nearest curvewise.toml or pyproject.toml]",
)
@click.option(
    "--set", "settings", multiple=True, metavar="CHECK.THRESHOLD=VALUE", help="Set a threshold. Repeatable."
)
def check(
    paths: tuple[str, ...],
    output_format: str,
    output: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    kind: Kind | None,
    mapping: tuple[str, ...],
    scores: str | None,
    config: Path | None,
    settings: tuple[str, ...],
) -> None:
    """Judge training runs: which checkpoint to deploy, what went wrong, what to do next.

    PATH is a result file, a job folder, an output folder with checkpoint-*, or - for standard input.
    """
    from curvewise import analyze
    from curvewise.plugin import reporters

    style = output_to.style(to_file=output is not None)
    profile = options.make_profile(config, settings)
    columns = options.parse_mapping(mapping)
    only, without = options.split_names(select) or None, options.split_names(ignore)
    runs = options.add_scores(
        scores, paths, [run for path in paths if (run := load(path, kind, columns)) is not None]
    )
    reports = [analyze(run, profile=profile, select=only, ignore=without) for run in runs]
    if reports:
        output_to.write(reporters()[output_format](reports, style), output)
    sys.exit(exit_code(reports, len(paths), fail_on))


def load(path: str, kind: Kind | None, mapping: Mapping[str, str]) -> Run | None:
    """Read one path; one that cannot be read gives a message on standard error and None."""
    import curvewise

    try:
        return curvewise.load(path, kind=kind, mapping=mapping)
    except curvewise.InputError as error:
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
