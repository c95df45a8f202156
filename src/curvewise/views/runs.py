"""The runs at a path."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from curvewise.model.listed_run import ListedRun
from curvewise.plugin import Style, View
from curvewise.text import printable
from curvewise.views._formats import Cells, table_formats
from curvewise.views.jobs import moment

COLUMNS = ("address", "name", "kind", "last_step", "status", "written_at", "problem")


def _text(listed: Sequence[ListedRun], style: Style) -> str:
    """Render a line for each, which ends in what to pass for it, and below it why it cannot be read."""
    del style  # an address is never cut, however narrow the terminal
    rows = [_row(each) for each in listed]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for each, row in zip(listed, rows, strict=True):
        cells = [
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True) if width
        ]
        lines.append("  ".join([*cells, printable(each.address)]))
        if each.problem is not None:
            lines.append(f"  cannot be read: {printable(each.problem)}")
    return "\n".join([*lines, ""])


def _row(each: ListedRun) -> tuple[str, ...]:
    steps = "" if each.last_step is None else f"step {each.last_step:,}"
    when = (moment(each.written_at) or "")[:16].replace("T", " ")
    return each.kind or "", steps, printable(each.status or "", 40), when


def _cells(listed: Sequence[ListedRun]) -> Cells:
    for each in listed:
        yield (
            each.address,
            each.name,
            each.kind,
            each.last_step,
            each.status,
            moment(each.written_at),
            each.problem,
        )


runs = View(name="runs", formats={"text": _text, **table_formats("Runs", COLUMNS, _cells)})
