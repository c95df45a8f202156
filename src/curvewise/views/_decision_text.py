"""A decision as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from curvewise.drawing.console import drawn
from curvewise.model.decision import Decision
from curvewise.plugin import Style
from curvewise.text import printable
from curvewise.views import _decision_tables as shown

WRAPPED = 14
"""Columns that a name keeps when the table is too wide."""
INDENT, GAP = 2, 2
"""Columns before a table, and between its columns."""
COLOURS = {"better": "green", "worse": "red", "equivalent": "cyan", "cannot tell": "yellow"}


def decision_text(decision: Decision, style: Style) -> str:
    """Render a decision: the headline, the contenders, their pairs, what to do and why."""
    return drawn(_parts(decision, style.width), style)


def _parts(decision: Decision, width: int) -> Iterator[RenderableType]:
    yield Text(" · ".join(printable(fact, 60) for fact in shown.facts(decision) if fact), style="dim")
    yield Text()
    yield Text(printable(decision.headline, 600), style="bold")
    yield Text()
    header, rows = shown.contenders(decision)
    chosen = {decision.winner, *decision.tied}
    yield _table(
        header,
        rows,
        ["bold" if row[0] in chosen else "" for row in rows],
        left=(0, len(header) - 1),
        width=width,
    )
    for standing in decision.standings:
        if standing.error:
            yield _indented(f"{standing.name}: {standing.error}", "red")
    if decision.pairs:
        yield Text()
        header, rows = shown.pairs(decision)
        yield _table(
            header, rows, [COLOURS[pair.verdict] for pair in decision.pairs], left=(0, 4), width=width
        )
        yield _indented(shown.legend(decision), "dim")
    yield Text()
    yield _labelled("Next", decision.next_step, "bold")
    yield _labelled("Why", decision.reason, "")
    for note in decision.notes:
        yield _labelled("Note", note.text, "dim")


def _table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    styles: Sequence[str],
    *,
    left: Sequence[int],
    width: int,
) -> RenderableType:
    """Draw a table; where it does not fit, one paragraph a row, since no column may be lost."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), collapse_padding=True, show_edge=False)
    needed = INDENT - GAP
    for index, name in enumerate(header):
        widest = max(len(part) for part in (*name.split(), *(row[index] for row in rows), ""))
        least = min(widest, WRAPPED) if index in left else widest
        needed += least + GAP
        table.add_column(name, justify="left" if index in left else "right", min_width=least, overflow="fold")
    if needed > width:
        return Group(*(_paragraph(header, row, style) for row, style in zip(rows, styles, strict=True)))
    for row, style in zip(rows, styles, strict=True):
        table.add_row(*(Text(printable(cell, 80)) for cell in row), style=style)
    return Padding(table, (0, 0, 0, INDENT))


def _paragraph(header: Sequence[str], row: Sequence[str], style: str) -> RenderableType:
    name, *cells = row
    parts = [f"{column} {cell}".strip() for column, cell in zip(header[1:], cells, strict=True) if cell]
    return _indented(f"{printable(name, 80)}: {'; '.join(parts)}", style)


def _indented(text: str, style: str) -> RenderableType:
    return Padding(Text(printable(text, 600), style=style), (0, 0, 0, INDENT))


def _labelled(label: str, text: str, style: str) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=4, no_wrap=True, style="cyan")
    grid.add_column(overflow="fold")
    grid.add_row(label, Text(printable(text, 1200), style=style))
    return Padding(grid, (0, 0, 0, INDENT))
