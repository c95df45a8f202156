"""The report in four lines: for agents, chats and commit statuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curvewise.drawing.markdown import code, fitting, prose, table
from curvewise.drawing.report_words import counted, run_name, used
from curvewise.model.report import Report
from curvewise.plugin import Style, reporter
from curvewise.text import abridged, within

LONGEST = 200
"""Characters of a sentence."""
MOST_NAMES = 8
"""Findings of one status that are named."""
LONGEST_NAME = 200
"""Characters of the name of a model."""


@reporter(name="brief", media_type="text/markdown")
def brief(reports: Sequence[Report], style: Style) -> str:
    """Render a report as its diagnosis in a few lines, which read as plain text and as Markdown.

    One report takes at most 2 kB; several are a table with a line for each.
    """
    del style  # it is the same everywhere
    if len(reports) == 1:
        return "".join(fitting(f"{line}\n" for line in _lines(reports[0])))
    header = ["run", "severity", "diagnosis", "use", "in one line"]
    return "\n".join(table(header, map(_row, reports), words=range(5))) + "\n"


def _lines(report: Report) -> Iterator[str]:
    diagnosis = report.diagnosis
    name, severity, certainty = diagnosis.name, diagnosis.severity, diagnosis.certainty
    yield f"{_said(diagnosis.summary)} ({prose(name)}, {severity}, certainty {certainty})"
    yield f"- Use: {_said(used(report))}"
    if diagnosis.use is not None and diagnosis.use.model:
        yield f"- Model: {code(diagnosis.use.model, LONGEST_NAME)}"
    for step in diagnosis.next:
        yield f"- Next: {_said(step)}"
    if diagnosis.unknown:
        yield f"- Unknown: {_said(diagnosis.unknown)}"
    for other in report.also[:2]:
        yield f"- Also: {_said(other.summary)}"
    for status in ("problem", "warning", "crashed"):
        if names := [finding.check for finding in report.with_status(status)]:
            yield f"- {status.capitalize()}: {prose(abridged(names, MOST_NAMES))}"
    yield f"- {counted(report)}"


def _said(text: str) -> str:
    return prose(within(text, LONGEST))


def _row(report: Report) -> list[str]:
    diagnosis = report.diagnosis
    none = "no choice" if diagnosis.deploy else "nothing"
    step = none if diagnosis.use is None else f"step {diagnosis.use.step:,}"
    name = prose(within(run_name(report), 60))
    return [name, diagnosis.severity, prose(diagnosis.name), step, _said(report.headline)]
