"""The report as commands that GitHub's runner shows as annotations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curvewise.drawing.report_words import run_name
from curvewise.model.finding import Finding
from curvewise.model.report import Report
from curvewise.plugin import Style, reporter
from curvewise.reports._places import relative_path
from curvewise.text import abridged, printable

COMMANDS = {"crashed": "error", "problem": "error", "warning": "warning"}
LONGEST = 1500
NAMED = 12
"""Checks that are named among those that could not judge; the others are counted."""


@reporter(name="github", media_type="text/plain")
def github(reports: Sequence[Report], style: Style) -> str:
    """Render problems as errors, warnings as such, and a notice with the choice for each run.

    The runner shows ten annotations of each kind for a step; the most urgent come first.
    """
    del style  # the runner sets the look
    return "".join(f"{line}\n" for report in reports for line in _report(report))


def _report(report: Report) -> Iterator[str]:
    for finding in report.with_status("crashed", "problem", "warning"):
        yield _command(report, COMMANDS[finding.status], finding.check.replace("_", " "), _said(finding))
    said = [report.headline]
    if report.selection.best is not None and report.selection.best.model:
        said.append(report.selection.best.model)
    if unknown := [finding.check.replace("_", " ") for finding in report.with_status("unknown")]:
        said.append(f"Could not be judged: {abridged(unknown, NAMED)}.")
    yield _command(report, "notice", run_name(report), said)


def _said(finding: Finding) -> list[str]:
    return [part for part in (finding.summary, finding.advice or finding.reason) if part]


def _command(report: Report, command: str, title: str, lines: Sequence[str]) -> str:
    path = relative_path(report)
    properties = [] if path is None else [f"file={_property(path)}"]
    properties.append(f"title={_property(f'curvewise: {title}')}")
    message = "\n".join(printable(line, LONGEST) for line in lines)
    return f"::{command} {','.join(properties)}::{_data(message)}"


def _data(text: str) -> str:
    r"""Escape a message as the runner undoes it.

    Examples
    --------
    >>> _data("50 %\nnext")
    '50 %25%0Anext'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property, in which a colon and a comma mean something too.

    Examples
    --------
    >>> _property("a:b,c")
    'a%3Ab%2Cc'
    """
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
