"""The report as Markdown: for a pull request, or the summary of a workflow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curvewise.drawing.checkpoint_table import columns
from curvewise.drawing.markdown import block, code, folded, prose, table, text
from curvewise.drawing.report_words import (
    ROLES,
    SAVED,
    evidence_lines,
    marks,
    probability,
    run_name,
    shown_rows,
)
from curvewise.model.finding import Finding
from curvewise.model.report import Report
from curvewise.model.selection import Selection
from curvewise.numbers import certainty
from curvewise.plugin import Style, reporter
from curvewise.text import abridged

LABELS = {"crashed": "CRASHED", "problem": "PROBLEM", "warning": "WARNING"}
TIES = 6
"""Ties that are named; the table marks all of them."""


@reporter(name="markdown", media_type="text/markdown", endings=(".md", ".markdown"), parts=("selection",))
def markdown(reports: Sequence[Report], style: Style) -> str:
    """Render reports: diagnosis, choice, a table of findings and one of checkpoints; the rest is folded."""
    parts = [_report(report) if style.part == "all" else _selection(report) for report in reports]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _selection(report: Report) -> Iterator[str]:
    yield from (f"### {text(run_name(report), 100)}", "")
    yield from _choice(report.selection)
    yield from _table(report.selection)


def _report(report: Report) -> Iterator[str]:
    yield from (f"### {text(run_name(report), 100)}", "", *_story(report))
    yield from _choice(report.selection)
    judged = report.with_status("crashed", "problem", "warning")
    if judged:
        header = ["", "finding", "what is seen", "what to do"]
        yield from table(header, map(_row, judged), words=range(4))
        yield ""
    yield from _table(report.selection)
    yield from folded("Details", [*_details(report, judged)])


def _story(report: Report) -> Iterator[str]:
    """Yield the diagnosis: what it is, what to do next, what is not known, and what has another cause."""
    diagnosis = report.diagnosis
    certainty = f"{diagnosis.severity}, certainty {diagnosis.certainty}"
    yield from (f"**{text(diagnosis.summary)}** ({certainty})", "")
    yield from (f"- Next: {prose(step)}" for step in diagnosis.next)
    yield from (f"- Also: {prose(other.summary)}" for other in report.also)
    if diagnosis.unknown:
        yield f"- Unknown: {prose(diagnosis.unknown)}"
    yield ""


def _row(finding: Finding) -> list[str]:
    sure = "" if finding.confidence is None else f" ({certainty(finding.confidence)})"
    follow = finding.advice or finding.reason
    return [
        f"**{LABELS[finding.status]}**",
        f"{code(finding.check)}{sure}",
        prose(finding.summary),
        prose(follow),
    ]


def _choice(selection: Selection) -> Iterator[str]:
    best = selection.best
    if best is not None:
        kept = SAVED[best.saved]
        yield from (f"Checkpoint: **step {best.step:,}**, {kept}, {text(best.why)}.".replace("..", "."), "")
        if best.model:
            yield from (*block(best.model), "")
    if selection.tied:
        named = abridged([f"{pick.step:,}{probability(pick)}" for pick in selection.tied], TIES)
        yield from (f"Tied with it: step{'s' if len(selection.tied) > 1 else ''} {named}.", "")
    for pick in selection.candidates:
        why = "" if best is not None and pick.step == best.step else f": {text(pick.why)}"
        yield f"- Candidate: step {pick.step:,}, {ROLES[pick.role]}{why}"
    if selection.candidates:
        yield ""


def _table(selection: Selection) -> Iterator[str]:
    if not selection.table:
        return
    said = marks(selection)
    shown = [selection.table[index] for index in shown_rows(selection)]
    found = columns(selection, shown)
    existence = ["" if row.existence == "unknown" else row.existence for row in shown]
    said_of = [said.get(row.step, "") for row in shown]
    yield from table(
        [*(text(column.name) for column in found), "checkpoint", "choice"],
        zip(*([text(cell) for cell in column.cells] for column in found), existence, said_of, strict=True),
        words=[*(index for index, column in enumerate(found) if column.words), len(found), len(found) + 1],
    )
    if hidden := len(selection.table) - len(shown):
        yield from ("", f"{hidden:,} more row{'s' if hidden > 1 else ''} in `--format json` or `csv`.")
    yield ""


def _details(report: Report, judged: Sequence[Finding]) -> Iterator[str]:
    yield text(report.selection.reason, 1000)
    for finding in judged:
        yield from ("", f"**{code(finding.check)}**", "")
        yield from (f"- {text(line)}" for line in evidence_lines(finding))
    if passed := report.with_status("ok"):
        yield from ("", f"**Checked, nothing wrong ({len(passed)})**", "")
        yield from (f"- {code(finding.check)}: {prose(finding.summary)}" for finding in passed)
    if unknown := report.with_status("unknown"):
        yield from ("", f"**Could not be judged ({len(unknown)})**", "")
        yield from (f"- {code(finding.check)}: {prose(finding.reason)}" for finding in unknown)
    if report.notes:
        yield from ("", "**Notes on the data**", "")
        yield from (f"- {prose(note.text)}" for note in report.notes)
    source = f" from {code(report.run.source)}" if report.run.source else ""
    yield from ("", f"Made by curvewise {text(report.version, 40)}{source}.")
