"""The checkpoint table and the choice, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from curvewise.drawing.checkpoint_table import Column
from curvewise.drawing.checkpoint_table import columns as columns_of
from curvewise.drawing.report_words import BETTER, ROLES, marks, probability, shown_rows
from curvewise.model.report import Report
from curvewise.model.selection import Pick, Row, Selection
from curvewise.text import abridged, printable

SHORT = 5
"""Rows of a short table."""
STATE = 24
"""Columns that it keeps for what is said of a row."""
NAMED_TIES = 6
"""Ties that are named; the table marks all of them."""
INDENT = 12
"""Columns before what is said of a checkpoint, its label among them."""


def checkpoints(selection: Selection, width: int) -> Iterator[RenderableType]:
    """Yield the table, the choice, ties and candidates, and the reason."""
    best = selection.best
    if selection.table:
        yield _table(selection, width)
    if best is not None:
        yield from _pick("Best", "bold green", best, "", width)
    if selection.tied:
        whys = {pick.why for pick in selection.tied}
        why = whys.pop() if len(whys) == 1 else "within the noise of the best"
        known = any(map(probability, selection.tied))
        meaning = "; in brackets, the probability of being the best" if known else ""
        yield _line("Tied", "green", _ties(selection.tied))
        yield _below(why + meaning)
    for pick in selection.candidates:
        if best is not None and pick.step == best.step:
            yield _line("Candidate", "cyan", _step(pick, ROLES[pick.role]))
        else:
            yield from _pick("Candidate", "cyan", pick, ROLES[pick.role], width)
    yield Padding(Text(printable(selection.reason, 800)), (0, 0, 0, 2))


def model_name(model: str, indent: int = 0) -> RenderableType:
    """Return the name to deploy on a line of its own, never broken, so that it can be copied."""
    text = " " * indent + printable(model, 400)
    return Text(text, style="bold green", no_wrap=True, overflow="ignore")


def short_table(report: Report, width: int) -> Iterator[RenderableType]:
    """Yield the rows that the choice is about: the best, ties, the last, and a better one that is gone."""
    selection = report.selection
    metric = None if selection.best is None else selection.best.metric
    said = marks(selection)
    if selection.table:
        said.setdefault(selection.table[-1].step, "final")
    rows = [row for row in selection.table if row.step in said]
    order = {"best": 0, "final": 2, "tied": 3}
    rows.sort(key=lambda row: order.get(said.get(row.step, "").partition(",")[0], 1))
    rows = sorted(rows[:SHORT], key=lambda row: row.step)
    if metric is None or len(rows) < 2:
        return
    columns = columns_of(selection, rows)
    first = ("step", "epoch", metric, report.diagnosis.metric)
    columns.sort(key=lambda column: first.index(column.name) if column.name in first else len(first))
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    shown: list[Column] = []
    left = width - STATE
    for column in columns:
        name = printable(report.run.called(column.name), 40)
        left -= 4 + max(map(len, (name, *column.cells)))
        if left < 0:
            break
        table.add_column(name, justify="right", no_wrap=True)
        shown.append(column)
    table.add_column("", no_wrap=True)
    for index, row in enumerate(rows):
        state = _state(row, said.get(row.step, ""))
        best = selection.best is not None and row.step == selection.best.step
        cells = [column.cells[index] for column in shown]
        table.add_row(*cells, state, style="bold" if best else "dim" if row.existence == "gone" else "")
    yield table


def _pick(label: str, style: str, pick: Pick, role: str, width: int) -> Iterator[RenderableType]:
    """Yield the step, the name to deploy, which is never broken, and why."""
    what, model = _step(pick, role), printable(pick.model or "", 400)
    if model and INDENT + what.cell_len + 2 + cell_len(model) <= width:
        what.append(f"  {model}", style="not bold")
        model = ""
    yield _line(label, style, what)
    if model:
        yield Text(" " * INDENT + model, no_wrap=True, overflow="ignore")
    yield _below(pick.why)


def _line(label: str, style: str, what: Text) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=INDENT - 3, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style=style), what)
    return Padding(grid, (0, 0, 0, 2))


def _below(why: str) -> RenderableType:
    return Padding(Text(printable(why, 400), style="dim"), (0, 0, 0, INDENT))


def _step(pick: Pick, role: str) -> Text:
    return Text(f"step {pick.step:,}{f'  {role}' if role else ''}", style="bold")


def _ties(tied: tuple[Pick, ...]) -> Text:
    names = abridged([f"{pick.step:,}{probability(pick)}" for pick in tied], NAMED_TIES)
    return Text(f"step{'s' if len(tied) > 1 else ''} {names}", style="bold")


def _table(selection: Selection, width: int) -> RenderableType:
    said = marks(selection)
    shown = [selection.table[index] for index in shown_rows(selection)]
    state = Column("checkpoint", [_state(row, said.get(row.step, "")) for row in shown], words=True)
    known = columns_of(selection, shown)
    fixed = [column for column in known if column.name in ("step", "epoch")]
    columns = [*fixed, state]
    for column in known[len(fixed) :]:
        if _width([*columns, column]) <= width:
            columns.insert(len(columns) - 1, column)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for column in columns:
        table.add_column(
            column.name.replace("_", " "),
            justify="left" if column.words else "right",
            width=None if column is state else _column_width(column),
        )
    for index, row in enumerate(shown):
        best = selection.best is not None and row.step == selection.best.step
        style = "bold" if best else "dim" if row.existence == "gone" else ""
        table.add_row(*(column.cells[index] for column in columns), style=style)
    table.caption = _left_out(len(selection.table) - len(shown), len(known) + 1 - len(columns))
    return Padding(table, (0, 0, 1, 2))


def _state(row: Row, mark: str) -> str:
    unknown = "not saved" if mark == BETTER else ""
    existence = unknown if row.existence == "unknown" else row.existence
    return ", ".join(part for part in (existence, mark) if part)


def _column_width(column: Column) -> int:
    """Columns of the terminal that a heading needs when it breaks between words, and its cells whole."""
    return max(map(len, (*column.name.split("_"), *column.cells)))


def _width(columns: list[Column]) -> int:
    return 2 + sum(_column_width(column) + 3 for column in columns)


def _left_out(rows: int, columns: int) -> str | None:
    counts = ((rows, "row"), (columns, "column"))
    parts = [f"{count:,} more {what}{'s' if count > 1 else ''}" for count, what in counts if count]
    return f"{' and '.join(parts)} in --format json or csv" if parts else None
