"""The report as a block for a model card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curvewise.drawing.markdown import prose, table, text
from curvewise.drawing.report_words import run_name, used
from curvewise.model.report import Report
from curvewise.plugin import Style, reporter

BEGIN, END = "<!-- curvewise: begin -->", "<!-- curvewise: end -->"
"""What stands around the block: what is between is written anew."""


@reporter(name="card", media_type="text/markdown")
def card(reports: Sequence[Report], style: Style) -> str:
    """Render what a model card says of a run: how it was trained, and why this checkpoint was chosen."""
    del style  # a card has one look
    lines = [line for report in reports for line in _block(report)]
    return "\n".join([BEGIN, *lines, END, ""])


def _block(report: Report) -> Iterator[str]:
    run, told = report.run, report.diagnosis
    yield from (f"### Training run: {text(run_name(report), 100)}", "")
    yield from (f"**{text(told.summary)}** ({told.severity}, certainty {told.certainty})", "")
    steps = None if run.last_step is None else f"{run.last_step:,}"
    facts = [
        ("Checkpoint", text(used(report), 400)),
        ("Base model", text(run.base_model or "", 200)),
        ("Method", run.kind.upper()),
        ("Steps", steps or ""),
        ("Epochs", "" if run.epochs is None else f"{run.epochs:.3g}"),
        ("Validation examples", "" if run.validation_examples is None else f"{run.validation_examples:,}"),
        ("Also", prose("; ".join(other.summary for other in report.also))),
        ("Not known", prose(told.unknown)),
    ]
    yield from table(["", ""], [[name, value] for name, value in facts if value], words=range(2))
    yield from ("", f"Judged by curvewise {text(report.version, 40)}.")
