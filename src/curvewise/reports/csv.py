"""The checkpoint table as CSV."""

from __future__ import annotations

import csv as writer
from collections.abc import Sequence
from io import StringIO

from curvewise.model.report import Report
from curvewise.plugin import Style, reporter
from curvewise.text import cell


@reporter(name="csv", media_type="text/csv", endings=(".csv",), parts=("selection",))
def csv(reports: Sequence[Report], style: Style) -> str:
    """Render the checkpoint tables, one row a checkpoint; an absent value is "n/a"."""
    del style  # a table has one look
    columns = list(dict.fromkeys(column for report in reports for column in report.selection.columns))
    out = StringIO()
    rows = writer.writer(out, lineterminator="\n")
    rows.writerow(["run", "step", "epoch", "model", "existence", "choice", *map(cell, columns)])
    for report in reports:
        selection = report.selection
        choice: dict[int, str] = {pick.step: pick.role for pick in reversed(selection.candidates)}
        choice |= {pick.step: "tied" for pick in selection.tied}
        if selection.best is not None:
            choice[selection.best.step] = "best"
        for row in selection.table:
            values = [row.values.get(column) for column in columns]
            start: list[float | str | None] = [
                report.run.source,
                row.step,
                row.epoch,
                row.model,
                row.existence,
                choice.get(row.step, ""),
            ]
            rows.writerow([cell(value) for value in [*start, *values]])
    return out.getvalue()
