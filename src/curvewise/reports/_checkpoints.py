"""The checkpoint table and the choice, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from curvewise.model.selection import Pick, Row, Selection
from curvewise.reports._words import ROLES, cell, marks, probability, shown_rows
from curvewise.text import printable

NAMED_TIES = 6
"""Ties that are named; the table marks all of them."""


def checkpoints(selection: Selection, width: int) -> Iterator[RenderableType]:
    """Yield the table, the choice, ties and candidates, and the reason."""
    best = selection.best
    if selection.table:
        yield _table(selection, width)
    if best is not None:
        yield _line("Best", "bold green", _where(best), best.why)
    if selection.tied:
        whys = ", ".join(dict.fromkeys(pick.why for pick in selection.tied[:NAMED_TIES]))
        known = any(pick.probability is not None for pick in selection.tied)
        meaning = "; in brackets, the probability of being the best" if known else ""
        yield _line("Tied", "green", _ties(selection.tied), whys + meaning)
    for pick in selection.candidates:
        same = best is not None and pick.step == best.step
        where = Text(f"step {pick.step:,}", style="bold") if same else _where(pick)
        yield _line("Candidate", "cyan", where.append(f"  {ROLES[pick.role]}"), "" if same else pick.why)
    yield Padding(Text(printable(selection.reason, 800)), (0, 0, 0, 2))


def model_name(pick: Pick) -> RenderableType:
    """Return the name to deploy on a line of its own, never broken, so that it can be copied."""
    return Text(printable(pick.model or "", 400), style="bold green", no_wrap=True, overflow="ignore")


def _line(label: str, style: str, what: Text, why: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style=style), what)
    if why:
        grid.add_row("", Text(printable(why, 400), style="dim"))
    return Padding(grid, (0, 0, 0, 2))


def _where(pick: Pick) -> Text:
    text = Text(f"step {pick.step:,}", style="bold")
    return text.append(f"  {printable(pick.model, 200)}", style="not bold") if pick.model else text


def _ties(tied: tuple[Pick, ...]) -> Text:
    names = [f"{pick.step:,}{probability(pick)}" for pick in tied[:NAMED_TIES]]
    more = f" and {len(tied) - NAMED_TIES} more" if len(tied) > NAMED_TIES else ""
    return Text(f"step{'s' if len(tied) > 1 else ''} {', '.join(names)}{more}", style="bold")


def _table(selection: Selection, width: int) -> RenderableType:
    said = marks(selection)
    shown = [selection.table[index] for index in shown_rows(selection)]
    columns = [
        ("step", [f"{row.step:,}" for row in shown]),
        ("epoch", ["n/a" if row.epoch is None else f"{row.epoch:.3g}" for row in shown]),
        ("checkpoint", [_state(row, said.get(row.step, "")) for row in shown]),
    ]
    if all(row.epoch is None for row in selection.table):
        del columns[1]
    fixed = len(columns)
    for name in selection.columns:
        column = (printable(name, 40).replace("_", " "), [cell(row.values.get(name)) for row in shown])
        if _width([*columns, column]) <= width:
            columns.insert(len(columns) - 1, column)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for name, cells in columns:
        table.add_column(
            name,
            justify="left" if name == "checkpoint" else "right",
            width=None if name == "checkpoint" else _column_width(name, cells),
        )
    for index, row in enumerate(shown):
        best = selection.best is not None and row.step == selection.best.step
        style = "bold" if best else "dim" if row.existence == "gone" else ""
        table.add_row(*(cells[index] for _, cells in columns), style=style)
    table.caption = _left_out(
        len(selection.table) - len(shown), len(selection.columns) - (len(columns) - fixed)
    )
    return Padding(table, (0, 0, 1, 2))


def _state(row: Row, mark: str) -> str:
    existence = "" if row.existence == "unknown" else row.existence
    return ", ".join(part for part in (existence, mark) if part)


def _column_width(name: str, cells: list[str]) -> int:
    """Columns that a heading needs when it breaks between words, and its cells whole."""
    return max(map(len, (*name.split(), *cells)))


def _width(columns: list[tuple[str, list[str]]]) -> int:
    return 2 + sum(_column_width(name, cells) + 3 for name, cells in columns)


def _left_out(rows: int, columns: int) -> str | None:
    counts = ((rows, "row"), (columns, "column"))
    parts = [f"{count} more {what}{'s' if count > 1 else ''}" for count, what in counts if count]
    return f"{' and '.join(parts)} in --format json or csv" if parts else None
