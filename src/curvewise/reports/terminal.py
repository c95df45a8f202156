"""The report as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from curvewise.model.finding import Finding
from curvewise.model.report import Report
from curvewise.plugin import Style, reporter
from curvewise.reports._chart import charts
from curvewise.reports._checkpoints import checkpoints, model_name
from curvewise.reports._comparison_text import comparison_text
from curvewise.reports._console import drawn, heading, item
from curvewise.reports._words import certainty, evidence_lines
from curvewise.text import printable

LABELS = {
    "crashed": ("CRASHED", "bold magenta"),
    "problem": ("PROBLEM", "bold red"),
    "warning": ("WARNING", "bold yellow"),
    "unknown": ("UNKNOWN", "cyan"),
    "ok": ("OK", "green"),
}


@reporter(name="text", media_type="text/plain", comparison=comparison_text, endings=(".txt",))
def terminal(reports: Sequence[Report], style: Style) -> str:
    """Render reports as text, with a chart of the curves; several end in a line for each."""
    return drawn(_parts(reports, style), style)


def _parts(reports: Sequence[Report], style: Style) -> Iterator[RenderableType]:
    for index, report in enumerate(reports):
        if index:
            yield Text()
        yield from PARTS[style.part](report, style)
    if len(reports) > 1:
        yield Text()
        yield heading("Summary")
        for report in reports:
            yield _line(report, style.width)


def _selection(report: Report, style: Style) -> Iterator[RenderableType]:
    yield _title(report)
    yield Text()
    yield from checkpoints(report.selection, style.width)


def _curves(report: Report, style: Style) -> Iterator[RenderableType]:
    for chart in charts(report, style):
        yield Text.from_ansi(chart, no_wrap=True)


def _report(report: Report, style: Style) -> Iterator[RenderableType]:
    yield _title(report)
    yield Text()
    yield Text(printable(report.headline, 600), style="bold")
    if report.selection.best is not None and report.selection.best.model:
        yield model_name(report.selection.best)
    for chart in _curves(report, style):
        yield Text()
        yield chart
    judged = report.with_status("crashed", "problem", "warning")
    if judged:
        yield Text()
        yield heading("Findings")
        for index, finding in enumerate(judged):
            if index:
                yield Text()
            yield _finding(finding)
    if passed := report.with_status("ok"):
        yield Text()
        yield heading(f"Checked, nothing wrong ({len(passed)})")
        yield _grid((_name(finding), Text(printable(finding.summary, 400))) for finding in passed)
    if unknown := report.with_status("unknown"):
        yield Text()
        yield heading(f"Could not be judged ({len(unknown)})")
        yield _grid((_name(finding), Text(printable(finding.reason, 400))) for finding in unknown)
    yield Text()
    yield heading("Checkpoints")
    yield from checkpoints(report.selection, style.width)
    if report.notes:
        yield Text()
        yield heading("Notes on the data")
        for note in report.notes:
            yield Padding(item("·", printable(note.text, 600)), (0, 0, 0, 2))


PARTS = {"all": _report, "selection": _selection, "curves": _curves}
"""What renders each part of a report."""


def _title(report: Report) -> Text:
    run = report.run
    parts = [printable(run.name or run.source, 60), run.kind.upper()]
    if run.last_step is not None:
        parts.append(f"{run.last_step:,} step{'' if run.last_step == 1 else 's'}")
    if run.epochs:
        parts.append(f"{run.epochs:.3g} epoch{'' if run.epochs == 1 else 's'}")
    if run.base_model:
        parts.append(printable(run.base_model, 60))
    if run.status:
        parts.append(printable(run.status, 20))
    return Text(" · ".join(parts), style="dim")


def _name(finding: Finding) -> Text:
    return Text(printable(finding.check))


def _grid(rows: Iterator[tuple[Text, Text]]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return Padding(grid, (0, 0, 0, 2))


def _finding(finding: Finding) -> RenderableType:
    label, colour = LABELS[finding.status]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True, width=8)
    grid.add_column(overflow="fold")
    title = Text(printable(finding.check), style="bold")
    if finding.confidence is not None:
        title.append(f"  confidence {certainty(finding.confidence, '%')}", style="dim not bold")
    grid.add_row(Text(label, style=colour), title)
    grid.add_row("", Text(printable(finding.summary, 600)))
    for line in evidence_lines(finding):
        grid.add_row("", item("·", line, "dim"))
    follow = finding.advice or finding.reason
    grid.add_row("", item("→", printable(follow, 600)))
    return grid


def _line(report: Report, width: int) -> Text:
    """Return one line for one report: its verdict, the end of its path, and as much headline as fits."""
    label, colour = LABELS[report.verdict]
    path = printable(report.run.source or report.run.name, 400)
    line = Text(f"  {label:<8}", style=colour, overflow="ellipsis")
    longest = width // 3
    line.append(path if len(path) <= longest else f"…{path[1 - longest :]}", style="default not bold")
    line.append(f": {printable(report.headline, 300)}", style="default not bold")
    return line
