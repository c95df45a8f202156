"""The checkpoint table and the choice, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from curvewise.model.selection import Pick, Row, Selection
from curvewise.text import printable

SHOWN_ROWS = 16
"""Rows that a terminal shows of a long table; the others are counted."""
ROLES = {
    "best": "best",
    "peak": "peak validation reward",
    "final": "final",
    "mid": "mid-training",
    "efficient": "efficient",
}


def checkpoints(selection: Selection) -> Iterator[RenderableType]:
    """Yield the table, the choice, ties and candidates, and the reason."""
    if selection.table:
        yield _table(selection)
    if selection.best is not None:
        yield _pick("Best", selection.best, "bold green")
    for pick in selection.tied:
        yield _pick("Tied", pick, "green")
    for pick in selection.candidates:
        yield _pick("Candidate", pick, "cyan")
    yield Padding(Text(printable(selection.reason, 800)), (0, 0, 0, 2))


def _pick(label: str, pick: Pick, style: str) -> RenderableType:
    line = Text(f"step {pick.step:,}", style="bold")
    if label == "Candidate":
        line.append(f" ({ROLES[pick.role]})", style="not bold")
    line.append(f"  {printable(pick.model or _without_model(pick), 200)}", style="not bold")
    if pick.why:
        line.append(f"\n{printable(pick.why, 400)}", style="dim not bold")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style=style), line)
    return Padding(grid, (0, 0, 0, 2))


def _without_model(pick: Pick) -> str:
    return "no checkpoint list: whether it exists is unknown" if pick.existence == "unknown" else ""


def _table(selection: Selection) -> RenderableType:
    marks = _marks(selection)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("step", justify="right")
    if any(row.epoch is not None for row in selection.table):
        table.add_column("epoch", justify="right")
    for column in selection.columns:
        table.add_column(printable(column, 40), justify="right", overflow="fold")
    table.add_column("checkpoint")
    shown = _shown(selection, marks)
    for row in shown:
        cells = [f"{row.step:,}"]
        if any(other.epoch is not None for other in selection.table):
            cells.append("n/a" if row.epoch is None else f"{row.epoch:.3g}")
        cells += [_cell(row.values.get(column)) for column in selection.columns]
        mark = marks.get(row.step, "")
        cells.append(", ".join(part for part in (row.existence, mark) if part))
        style = "bold" if mark.startswith("best") else "dim" if row.existence == "gone" else ""
        table.add_row(*cells, style=style)
    if len(shown) < len(selection.table):
        table.caption = f"{len(selection.table) - len(shown)} more rows in --format json or csv"
    return table


def _marks(selection: Selection) -> dict[int, str]:
    marks: dict[int, list[str]] = {}
    if selection.best is not None:
        marks.setdefault(selection.best.step, []).append("best")
    for pick in selection.tied:
        marks.setdefault(pick.step, []).append("tied")
    for pick in selection.candidates:
        marks.setdefault(pick.step, []).append(pick.role)
    return {step: ", ".join(dict.fromkeys(names)) for step, names in marks.items()}


def _shown(selection: Selection, marks: dict[int, str]) -> list[Row]:
    """Pick the rows to show: the marked ones, the ends, and others evenly between them."""
    table = selection.table
    if len(table) <= SHOWN_ROWS:
        return list(table)
    count = len(table)
    kept = {round(index * (count - 1) / (SHOWN_ROWS - 1)) for index in range(SHOWN_ROWS)}
    kept |= {index for index, row in enumerate(table) if row.step in marks}
    return [table[index] for index in sorted(kept)]


def _cell(value: float | str | None) -> str:
    if value is None:
        return "n/a"
    if isinstance(value, str):
        return printable(value, 40)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
