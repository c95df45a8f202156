"""The checkpoint table, as every format shows it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from curvewise.model.selection import Row, Selection
from curvewise.numbers import MOST, significant
from curvewise.text import printable

MOST_DIGITS = 5
"""Of the largest number of a column."""


class Column(msgspec.Struct, frozen=True):
    """A column of the table."""

    name: str  # of a metric, or ``step`` or ``epoch``
    cells: list[str]  # one for each row
    words: bool = False  # whether they are words, and not numbers


def columns(selection: Selection, rows: Sequence[Row]) -> list[Column]:
    """Return the columns of some rows that hold a value in any row of the table: step, epoch, the metrics."""
    columns = [Column("step", [f"{row.step:,}" for row in rows])]
    if any(row.epoch is not None for row in selection.table):
        columns.append(Column("epoch", ["n/a" if row.epoch is None else f"{row.epoch:.3g}" for row in rows]))
    for name in selection.columns:
        if any(row.values.get(name) is not None for row in selection.table):
            values = [row.values.get(name) for row in rows]
            words = any(isinstance(value, str) for value in values)
            columns.append(Column(printable(name, 60), cells(values), words))
    return columns


def cells(values: Sequence[float | str | None]) -> list[str]:
    """Write the values of a column; its numbers have equally many decimals unless that hides small ones.

    Examples
    --------
    >>> cells([0.5, None, 1.25]), cells([0.25, 0.00004]), cells(["mild", "severe"])
    (['0.50', 'n/a', '1.25'], ['0.25', '4e-05'], ['mild', 'severe'])
    """
    sizes = [abs(value) for value in values if not isinstance(value, str | None) and math.isfinite(value)]
    known = [size for size in sizes if size]
    if len(known) < 2:
        return [_cell(value) for value in values]
    needed = max(len(_cell(size).partition(".")[2]) for size in known)
    decimals = min(needed, max(0, MOST_DIGITS - 1 - math.floor(math.log10(max(known)))))
    if min(known) < 10.0 ** (1 - decimals) or max(known) >= MOST:
        return [_cell(value) for value in values]
    return [_cell(value, decimals) for value in values]


def _cell(value: float | str | None, decimals: int | None = None) -> str:
    if value is None:
        return "n/a"
    if isinstance(value, str):
        return printable(value, 40)
    if decimals is not None and math.isfinite(value):
        return f"{value:,.{decimals}f}"
    return significant(value)
