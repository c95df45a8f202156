"""A comparison of runs as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from curvewise.drawing.comparison_table import Column, by_value, columns
from curvewise.drawing.console import drawn, heading, item
from curvewise.model.comparison import Comparison
from curvewise.plugin import Style
from curvewise.text import abridged, printable, shortened

NAME_SHARE = 3
"""A name takes no more of the width than one part in this many."""
GAP = 2
"""Columns of the terminal between two columns of the table."""
MOST_NAMES = 6
"""Runs that are named beside a value of a setting; the others are counted."""

MANY = 10
"""Runs from which on a table says less than what separates them."""
ASK_FLEET = "Of so many runs `curvewise fleet` tells which settings help, and takes seeds together."


def comparison_text(comparison: Comparison, style: Style) -> str:
    """Render a comparison as text: the choice, the table, why, what differs, what limits it."""
    return drawn(_parts(comparison, style), style)


def _parts(comparison: Comparison, style: Style) -> Iterator[RenderableType]:
    yield Text(printable(comparison.headline, 600), style="bold")
    if comparison.winner is not None and (model := comparison.runs[comparison.winner].best_model):
        yield Text(printable(model, 400), style="bold green", no_wrap=True, overflow="ignore")
    yield Text()
    yield _table(comparison, style.width)
    yield Padding(Text(printable(comparison.reason, 1000)), (1, 0, 0, 2))
    if len(comparison.runs) >= MANY:
        yield Padding(Text(ASK_FLEET, style="dim"), (1, 0, 0, 2))
    if comparison.differences:
        yield Text()
        yield heading("Settings that differ")
        yield _settings(comparison, style.width)
    if comparison.further_notes:
        yield Text()
        yield heading("Notes")
        for note in comparison.further_notes:
            yield item("·", printable(note.text, 1000), indent=2)


def _table(comparison: Comparison, width: int) -> RenderableType:
    every = columns(comparison, longest_name=max(10, width // NAME_SHARE))
    shown = [every[0]]
    for column in every[1:]:
        if _width([*shown, column]) <= width:
            shown.append(column)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, GAP - 1, 0, 0), show_edge=False)
    for column in shown:
        justify: Literal["left", "right"] = "left" if column.text else "right"
        table.add_column(column.title, justify=justify, width=_column_width(column))
    for index, cells in enumerate(zip(*(column.cells for column in shown), strict=True)):
        table.add_row(*cells, style="bold" if index == comparison.winner else "")
    if hidden := len(every) - len(shown):
        table.caption = f"{hidden} more column{'s' if hidden > 1 else ''} in --format json or csv"
    return Padding(table, (0, 0, 0, 2))


def _column_width(column: Column) -> int:
    """Columns that a heading needs when it breaks between words, and its cells whole."""
    return max(map(len, (*column.title.split(), *column.cells)))


def _width(shown: Sequence[Column]) -> int:
    return 2 + sum(_column_width(column) + GAP for column in shown)


def _settings(comparison: Comparison, width: int) -> RenderableType:
    names = tuple(shortened(run.name, max(10, width // NAME_SHARE)) for run in comparison.runs)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", max_width=max(10, width // NAME_SHARE))
    grid.add_column(overflow="fold")
    for difference in comparison.differences:
        said = (
            f"{printable(value, 80)} ({abridged(held, MOST_NAMES)})"
            for value, held in by_value(difference, names)
        )
        grid.add_row(Text(printable(difference.name, 60)), Text(", ".join(said)))
    return Padding(grid, (0, 0, 0, 2))
