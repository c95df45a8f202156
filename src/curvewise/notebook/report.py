"""A report in a notebook."""

from __future__ import annotations

from collections.abc import Iterator

from curvewise.drawing import svg
from curvewise.drawing.checkpoint_table import columns as columns_of
from curvewise.drawing.markup import FAINT, element, folded, table, text
from curvewise.drawing.report_words import marks, shown_rows, used
from curvewise.drawing.story import onset, told_figures
from curvewise.model.figure import Figure
from curvewise.model.finding import Finding
from curvewise.model.report import Report
from curvewise.model.selection import Selection
from curvewise.numbers import certainty

CHARTS = 2
"""Figures that are drawn; the page has them all."""


def report_html(report: Report) -> str:
    """Return a report as HTML: headline, choice, charts, findings, checkpoints; the rest is folded."""
    run = report.run
    facts = [run.kind.upper(), *([f"{run.last_step:,} steps"] if run.last_step is not None else [])]
    parts = [
        element("div", text(run.name or run.source, 100), " · ", text(" · ".join(facts)), style=FAINT),
        element("p", element("strong", text(report.headline))),
    ]
    if report.diagnosis.use is not None and report.diagnosis.use.model:
        parts.append(element("p", element("code", text(report.diagnosis.use.model, 400))))
    parts.append(table(["", ""], _lines(report)))
    parts += [figure_chart(report, figure) for figure in told_figures(report)[:CHARTS]]
    if judged := report.with_status("crashed", "problem", "warning"):
        parts.append(table(["", "finding", "what is seen", "what to do"], map(_row, judged)))
    parts.append(_checkpoints(report.selection))
    for title, status in (("Checked, nothing wrong", "ok"), ("Could not be judged", "unknown")):
        found = [finding for finding in report.findings if finding.status == status]
        if found:
            rows = ([text(each.check), text(each.reason or each.summary)] for each in found)
            parts.append(folded(f"{title} ({len(found)})", table(["check", ""], rows)))
    if report.notes:
        notes = "".join(element("li", text(note.text)) for note in report.notes)
        parts.append(folded("Notes on the data", element("ul", notes)))
    return element("div", *parts)


def _lines(report: Report) -> Iterator[list[str]]:
    """Yield what to use, what to do next, and what is not known."""
    yield ["use", text(used(report), 600)]
    yield from (["next", text(step, 400)] for step in report.diagnosis.next)
    if report.diagnosis.unknown:
        yield ["unknown", text(report.diagnosis.unknown, 400)]


def figure_chart(report: Report, figure: Figure) -> str:
    """Draw a figure of a report."""
    best = report.selection.best
    pick = None if best is None else best.step
    return svg.figure_chart(figure, report.curves, mark=pick, begins=onset(report, figure))


def _row(finding: Finding) -> list[str]:
    sure = "" if finding.confidence is None else f" ({certainty(finding.confidence)})"
    return [
        element("strong", finding.status.upper()),
        text(finding.check.replace("_", " ")) + sure,
        text(finding.summary),
        text(finding.advice or finding.reason),
    ]


def _checkpoints(selection: Selection) -> str:
    if not selection.table:
        return element("p", text(selection.reason, 1000))
    said = marks(selection)
    shown = [selection.table[index] for index in shown_rows(selection)]
    columns = columns_of(selection, shown)
    header = [*(text(column.name.replace("_", " ")) for column in columns), "checkpoint", "choice"]
    existence = ["" if row.existence == "unknown" else row.existence for row in shown]
    said_of = [said.get(row.step, "") for row in shown]
    cells = [[text(cell) for cell in column.cells] for column in columns]
    numbers = [index for index, column in enumerate(columns) if not column.words]
    hidden = len(selection.table) - len(shown)
    more = f", {hidden} not shown" if hidden else ""
    found = table(header, zip(*cells, existence, said_of, strict=True), numbers=numbers)
    return folded(f"Checkpoints ({len(selection.table)}{more})", found, element("p", text(selection.reason)))
