"""Reading and judging what the command line names, for the commands that render reports."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curvewise.cli import _options as options
from curvewise.text import abridged, printable

if TYPE_CHECKING:
    from curvewise import CurvewiseError, Kind, Report, Run
    from curvewise.comparison import Baseline


MOST_RUNS = 20
"""Runs of a path that are judged at once."""


class Judged:
    """Runs that were judged once, and reports that were read back; rendered as often as there are outputs."""

    def __init__(
        self,
        items: Sequence[Run | Report],
        *,
        points: int = 400,
        select: tuple[str, ...] = (),
        ignore: tuple[str, ...] = (),
        config: Path | None = None,
        settings: tuple[str, ...] = (),
        by: str | None = None,
    ) -> None:
        from curvewise import Report, UsageError, analyze

        only, without = options.split_names(select) or None, options.split_names(ignore)
        profile = options.make_profile(config, settings)
        self._items, self._points = items, points
        self.reports: list[Report] = []
        for item in items:
            if isinstance(item, Report):
                self.reports.append(item)
                continue
            try:
                report = analyze(item, profile=profile, select=only, ignore=without, points=points, by=by)
            except UsageError as error:
                raise error.at(file=item.source if by and len(items) > 1 else None) from None
            self.reports.append(report)

    def thinned(self, points: int) -> list[Report]:
        """Return the reports with about so many points a curve, where that is still open."""
        from curvewise import Report

        if points == self._points:
            return self.reports
        return [
            report if isinstance(item, Report) else _thinned(report, item, points)
            for item, report in zip(self._items, self.reports, strict=True)
        ]


def _thinned(report: Report, run: Run, points: int) -> Report:
    from msgspec.structs import replace

    from curvewise import analyze

    return replace(report, curves=analyze(run, select=(), points=points).curves)


def read_all(
    paths: Sequence[str], kind: Kind | None, mapping: tuple[str, ...], *, reports: bool
) -> tuple[list[Run | Report], int]:
    """Read every path, and count those that cannot be read: each gives a message on standard error.

    Of a path that holds several runs, each is read, unless finished reports may be given.
    """
    import curvewise

    if sum(path == "-" or path.startswith("-#") for path in paths) > 1:
        raise click.UsageError("standard input (-) can be read once, and is named twice")
    columns, failed = options.parse_mapping(mapping), 0
    items: list[Run | Report] = []
    for path in paths:
        errors: list[CurvewiseError] = []
        try:
            if reports:
                items.extend(curvewise.runs_or_reports(path, kind=kind, mapping=columns))
            else:
                each = curvewise.load_all(path, kind=kind, mapping=columns, on_error=errors.append)
                found = list(islice(each, MOST_RUNS + 1))
                if len(found) > MOST_RUNS:
                    raise _too_many(path, found)
                items.extend(found)
        except curvewise.CurvewiseError as error:
            errors = [error]
        for problem in errors:
            click.echo(f"error: {problem}", err=True)
        failed += len(errors)
    return items, failed


def _too_many(path: str, found: Sequence[Run]) -> CurvewiseError:
    from curvewise import InputError

    named = "FILE" if path == "-" else shlex.quote(printable(path))
    return InputError(
        f"there are more than {MOST_RUNS} runs here",
        hint=f"`curvewise fleet {named}` judges them all; "
        + ("it needs a file" if path == "-" else f"one of them alone is {found[0].source}"),
        file=path,
    )


def require_runs(items: Sequence[Run | Report], **options: object) -> None:
    """Refuse options that say how to read or to judge when there is a finished report: it stays as it is."""
    from curvewise import Report

    given = [name for name, value in options.items() if value]
    if given and any(isinstance(item, Report) for item in items):
        raise click.UsageError(
            f"--{given[0]} needs the run itself: a report that was written is not judged again"
        )


def add_scores(scores: str | None, paths: Sequence[str], items: list[Run | Report]) -> list[Run | Report]:
    """Add the scores of an evaluation to the only run that was named; an evaluation is of one run."""
    if scores is None:
        return items
    if len(paths) > 1 or len(items) > 1:
        what = f"{len(paths)} paths are named" if len(paths) > 1 else f"{len(items)} lie at {paths[0]}"
        raise click.UsageError(f"--scores is of one run, and {what}; name one")
    from curvewise import Report, load_evaluation, with_scores

    if any(isinstance(item, Report) for item in items):
        raise click.UsageError("--scores needs the run itself: a report that was written is not judged again")
    evaluation = load_evaluation(scores)
    return [item if isinstance(item, Report) else with_scores(item, evaluation) for item in items]


def read_baseline(path: str | None) -> Baseline | None:
    """Read the reports of an earlier look, where they are named."""
    if path is None:
        return None
    from curvewise.comparison import Baseline

    return Baseline.read(path)


def _severities(reports: Sequence[Report], earlier: Baseline | None) -> set[str]:
    """Return how severe the diagnoses are; with an earlier look what is new since, which it tells."""
    if earlier is None:
        return {story.severity for report in reports for story in (report.diagnosis, *report.also)}
    found: set[str] = set()
    for report in reports:
        news = earlier.news(report)
        found |= {*(each.severity for each in news.diagnoses), *(each.status for each in news.findings)}
        named = [f"{each.name} ({each.severity})" for each in news.diagnoses]
        named += [f"{each.check} ({each.status})" for each in news.findings if each.check not in news.told]
        if named:
            click.echo(f"new: {printable(report.run.name or report.run.source)}: {abridged(named)}", err=True)
    if not found:
        click.echo("nothing new", err=True)
    return found


def exit_code(reports: Sequence[Report], failed: int, fail_on: str, earlier: Baseline | None = None) -> int:
    """Return 2 when something was not read or not judged, else 1 for what is at `fail_on`, else 0."""
    crashed = any(report.with_status("crashed") for report in reports)
    judged = all(report.with_status("ok", "warning", "problem") for report in reports)
    found = _severities(reports, earlier)
    if failed or not judged or crashed:
        return 2
    alarming = {"never": set(), "problem": {"problem"}, "warning": {"problem", "warning"}}[fail_on]
    return 1 if alarming & found else 0
