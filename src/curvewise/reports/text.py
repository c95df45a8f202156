"""The report as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from msgspec.structs import replace
from rich.cells import cell_len, set_cell_size
from rich.console import RenderableType
from rich.text import Text

from curvewise.derived.not_understood import MISSING
from curvewise.drawing.console import drawn, heading, item
from curvewise.drawing.hanging import Hanging
from curvewise.drawing.report_words import counted, evidence_lines, used
from curvewise.drawing.terminal import FRAME, charts
from curvewise.model.diagnosis import LONGEST_SUMMARY
from curvewise.model.finding import Finding
from curvewise.model.report import Report
from curvewise.numbers import certainty
from curvewise.plugin import Style, reporter
from curvewise.reports._checkpoints import checkpoints, model_name, short_table
from curvewise.text import printable, within

LABELS = {
    "crashed": ("CRASHED", "bold magenta"),
    "problem": ("PROBLEM", "bold red"),
    "warning": ("WARNING", "bold yellow"),
    "unknown": ("UNKNOWN", "cyan"),
    "ok": ("OK", "green"),
}
COLOURS = {"problem": "red", "warning": "yellow", "unknown": "cyan", "ok": "green"}
BESIDE = 9
"""Columns of a label; what is said stands beside it."""
LINES = 24
"""Lines of a report that is not asked for in detail."""
TALLEST = 12
"""Lines of its chart."""
MOST_WHOLE = 3
"""Reports that are shown whole where there are several."""
MOST_ALSO = 2
"""Further diagnoses that it names; fewer where they would make it longer."""


@reporter(name="text", media_type="text/plain", endings=(".txt",), parts=("selection", "curves"))
def text(reports: Sequence[Report], style: Style) -> str:
    """Render reports as text with a chart: in 24 lines, or in detail; several end in a line for each.

    More than three are these lines alone, unless they are asked for in detail.
    """
    return drawn(_parts(reports, style), style)


def _parts(reports: Sequence[Report], style: Style) -> Iterator[RenderableType]:
    are_whole = len(reports) <= MOST_WHOLE or style.detailed or style.part != "all"
    for index, report in enumerate(reports if are_whole else ()):
        if index:
            yield Text()
        yield from PARTS[style.part](report, style)
    if len(reports) > 1:
        if are_whole:
            yield Text()
        yield heading("Summary" if are_whole else f"{len(reports)} runs: -v shows the report of each")
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
    if style.detailed:
        yield from _detailed(report, style)
        return
    rows = [*short_table(report, style.width)]
    missing = [_labelled("Columns", note.text) for note in report.notes if note.code == MISSING]
    below = drawn([Text(), *rows, Text(f"{counted(report)}: -v shows what they say", style="dim")], style)
    for also in range(MOST_ALSO, -1, -1):
        above = drawn([*_story(report, style.width, also), *missing], style)
        left = LINES - above.count("\n") - below.count("\n") - 1
        if left >= 0:
            break
    yield above
    if left > FRAME:
        for chart in islice(charts(report, replace(style, height=min(left, TALLEST))), 1):
            yield Text()
            yield Text.from_ansi(chart, no_wrap=True)
    yield below


def _story(report: Report, width: int, most_also: int = MOST_ALSO) -> Iterator[RenderableType]:
    """Yield the diagnosis: what it is, the checkpoint to use, what to do, what is not known."""
    diagnosis = report.diagnosis
    yield _title(report)
    said = Text(printable(diagnosis.summary, LONGEST_SUMMARY), style=f"bold {COLOURS[diagnosis.severity]}")
    sure = Text(f"{diagnosis.severity}, certainty {diagnosis.certainty}", style="dim")
    gap = width - said.cell_len - sure.cell_len
    yield said.append(" " * gap if gap > 1 else "  ").append_text(sure)
    yield _labelled("Use", used(report))
    if diagnosis.use is not None and diagnosis.use.model:
        yield model_name(diagnosis.use.model, BESIDE)
    for index, step in enumerate(diagnosis.next):
        yield _labelled("" if index else "Next", step)
    for index, other in enumerate(report.also[:most_also]):
        yield _labelled("" if index else "Also", other.summary)
    if len(report.also) > most_also:
        more = f"{len(report.also) - most_also} more: -v shows them"
        yield _labelled("", f"and {more}") if most_also else _labelled("Also", more)
    if diagnosis.unknown:
        yield _labelled("Unknown", diagnosis.unknown)


def _labelled(label: str, text: str) -> RenderableType:
    said = within(printable(text, 600), LONGEST_SUMMARY)
    return Hanging(Text(f"{label:<{BESIDE}}", style="bold"), Text(said))


def _detailed(report: Report, style: Style) -> Iterator[RenderableType]:
    yield from _story(report, style.width)
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
            yield from _finding(finding)
    if passed := report.with_status("ok"):
        yield Text()
        yield heading(f"Checked, nothing wrong ({len(passed)})")
        yield from _behind_names((finding, finding.summary) for finding in passed)
    if unknown := report.with_status("unknown"):
        yield Text()
        yield heading(f"Could not be judged ({len(unknown)})")
        yield from _by_reason(unknown)
    yield Text()
    yield heading("Checkpoints")
    yield from checkpoints(report.selection, style.width)
    if report.notes:
        yield Text()
        yield heading("Notes on the data")
        for note in report.notes:
            yield item("·", printable(note.text, 600), indent=2)


def _by_reason(unknown: Sequence[Finding]) -> Iterator[RenderableType]:
    """Yield what could not be judged by what is missing: one line for all checks that lack the same."""
    names: dict[str, list[str]] = {}
    for finding in unknown:
        names.setdefault(finding.reason, []).append(printable(finding.check))
    for reason, checks in names.items():
        yield item("·", f"{printable(reason, 400)}  ({', '.join(checks)})", indent=2)


PARTS = {"all": _report, "selection": _selection, "curves": _curves}
"""What renders each part of a report."""


def _title(report: Report) -> Text:
    run = report.run
    parts = [printable(run.name or run.source, 60), run.kind.upper()]
    if run.last_step is not None and run.steps_per_epoch != 1:
        parts.append(f"{run.last_step:,} step{'' if run.last_step == 1 else 's'}")
    if run.epochs:
        parts.append(f"{run.epochs:.3g} epoch{'' if run.epochs == 1 else 's'}")
    if run.base_model:
        parts.append(printable(run.base_model, 60))
    if run.status:
        parts.append(printable(run.status, 20))
    return Text(" · ".join(parts), style="dim", overflow="ellipsis")


def _behind_names(said: Iterable[tuple[Finding, str]]) -> Iterator[RenderableType]:
    """Yield what is said of each check behind its name."""
    named = [(printable(finding.check), printable(text, 400)) for finding, text in said]
    longest = max(cell_len(name) for name, _ in named)
    for name, text in named:
        yield Hanging(Text(f"  {set_cell_size(name, longest)}  ", style="dim"), Text(text))


def _finding(finding: Finding) -> Iterator[RenderableType]:
    label, colour = LABELS[finding.status]
    title = Text(printable(finding.check), style="bold")
    if finding.confidence is not None:
        title.append(f"  confidence {certainty(finding.confidence)}", style="dim not bold")
    yield Hanging(Text(f"{label:<{BESIDE}}", style=colour), title)
    yield Hanging(Text(" " * BESIDE), Text(printable(finding.summary, 600)))
    for line in evidence_lines(finding):
        yield item("·", line, "dim", indent=BESIDE)
    yield item("→", printable(finding.advice or finding.reason, 600), indent=BESIDE)


def _line(report: Report, width: int) -> Text:
    """Return one line for one report: its verdict, the end of its path, and as much headline as fits."""
    label, colour = LABELS[report.verdict]
    path = printable(report.run.source or report.run.name, 400)
    line = Text(f"  {label:<8}", style=colour, overflow="ellipsis")
    longest = width // 3
    line.append(path if len(path) <= longest else f"…{path[1 - longest :]}", style="default not bold")
    line.append(f": {printable(report.headline, 300)}", style="default not bold")
    return line
