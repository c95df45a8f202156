"""Tables: CSV, TSV and semicolon-separated files as columns of numbers over training steps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from importlib.util import find_spec
from itertools import islice

import msgspec
import numpy as np

from curvewise.errors import MalformedError
from curvewise.model.column_names import EPOCH_COLUMNS, STEP_COLUMNS, find_column
from curvewise.model.series import IntArray, Series
from curvewise.parsing.columns import (
    BoolArray,
    Column,
    NotANumberError,
    is_decimal_comma,
    read_plainly,
    read_with_pyarrow,
)
from curvewise.parsing.delimited import Header, ends_in_prose, find_header, is_number, rows, ungrouped
from curvewise.parsing.steps import exact_steps

_OF_SO_MANY = re.compile(r"\d{1,15} ?/ ?\d{1,15}")
LARGE = 2 << 20
"""Bytes from which a file is worth the 0.2 s that importing pyarrow costs."""


class Table(msgspec.Struct, frozen=True, eq=False, dict=True):
    """The columns of a file by name, in its order.

    Parameters
    ----------
    columns
        Every column; one without a name is called ``unnamed_<number>``.
    rows
        Number of rows, without the header and without empty lines.
    data, header
        The file and its header, to say in which line a row stands.
    lacks_pyarrow
        Whether the file is so large that pyarrow would have been used, and pyarrow is not installed.
    """

    columns: Mapping[str, Column]
    rows: int
    data: bytes
    header: Header
    lacks_pyarrow: bool = False

    def line(self, row: int) -> int:
        """Return the line of the file, from 1, on which a row, from 0, begins."""
        return _line(self.data, self.header, row)

    def steps(self, step_column: str) -> tuple[IntArray, BoolArray]:
        """Return the training step of every row, and which rows have one."""
        known: dict[str, tuple[IntArray, BoolArray]] = self.__dict__.setdefault("_steps", {})
        if step_column not in known:
            known[step_column] = self._whole(step_column)
        return known[step_column]

    def _whole(self, step_column: str) -> tuple[IntArray, BoolArray]:
        column = self._numbers(step_column)
        steps = column.values if column.present.all() else np.where(column.present, column.values, 0.0)
        if (exact := exact_steps(steps)) is not None:
            return exact, column.present
        fits = np.abs(steps) < 2.0**53
        whole = np.round(np.where(fits, steps, 0.0))
        wrong = ~fits | (np.abs(whole - np.where(fits, steps, 0.0)) > 1e-6)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise MalformedError(
                f"the step is {column.values[row]:g}; expected a whole number below 2**53",
                hint="number the steps 0, 1, 2, ...",
                line=self.line(row),
                field=step_column,
            )
        return whole.astype(np.int64), column.present

    def _numbers(self, name: str) -> Column:
        column = self.columns[name]
        if not column.is_text:
            return column
        cells = column.text or []
        wrong = (row for row, cell in enumerate(cells) if cell and not is_number(cell))
        row = next(wrong, int(np.argmax(column.present)))
        raise _not_a_number(name, cells[row], self.line(row))

    def series(self, step_column: str, column: str, keep: BoolArray | None = None) -> Series:
        """Return a column over the steps, without its blank cells; of rows at one step the last counts."""
        numbers = self._numbers(column)
        steps, known = self.steps(step_column)
        chosen, values = numbers.present, numbers.values
        if np.count_nonzero(stray := chosen > known):
            raise MalformedError(
                f"column {column!r} has a value in a row without a step",
                hint="fill in the step, or delete the row",
                line=self.line(int(np.argmax(stray))),
                field=step_column,
            )
        if keep is not None:
            chosen = chosen & keep
        if np.count_nonzero(chosen) < len(chosen):
            steps, values = steps[chosen], values[chosen]
        return Series.from_points(steps, values)


def read_header(data: bytes) -> Header | None:
    r"""Return the header of a table; None when the text is not plausibly a table, or ends in prose.

    Looks at the first lines and the last one only.

    Examples
    --------
    >>> read_header(b'"step";"train_loss"\n1;0.5\n').names
    ('step', 'train_loss')
    >>> read_header(b"Dear all, the run is done.\n")
    """
    try:
        header = find_header(data)
    except MalformedError:
        return None
    return None if header is None or ends_in_prose(data, header) else header


def read_table(data: bytes, header: Header | None = None) -> Table:
    r"""Read a table of metrics, whose header may have been found before.

    Commas, tabs and semicolons delimit; quotes, Windows line ends, empty lines and a missing final
    line end are fine. A cell is blank when it is empty or one of `columns.BLANK`; ``NaN`` and ``inf``
    are values. Decimal commas are read where nothing holds a point. A column is text when at most half of
    its first cells are numbers, else numbers.

    Examples
    --------
    >>> table = read_table(b"step,train_loss,valid_loss\n1,0.5,\n2,0.4,0.6\n")
    >>> table.series("step", "valid_loss").step
    array([2])
    >>> read_table(b"step;train_loss\n1;0,5\n").series("step", "train_loss").value
    array([0.5])
    """
    header = header or find_header(data)
    if header is None:
        raise MalformedError(
            "this is not a table",
            hint="expected a first line that names the columns, such as step,train_loss",
        )
    names = _names(header)
    data = ungrouped(data, header)
    is_large = len(data) >= LARGE
    lacks_pyarrow = is_large and not has_pyarrow()
    columns = read_with_pyarrow(data, header) if is_large and not lacks_pyarrow else None
    if columns is None:
        try:
            columns = read_plainly(data, header)
        except NotANumberError as error:
            if is_decimal_comma(error.cell) and header.delimiter != "," and data.find(b".", header.end) < 0:
                return read_table(data.replace(b",", b"."))
            line = _line(data, header, error.row)
            raise _not_a_number(names[error.column], error.cell, line) from None
    rows, held = len(columns[0].present), dict(zip(names, columns, strict=True))
    for wanted in (STEP_COLUMNS, EPOCH_COLUMNS):
        if (place := find_column(names, wanted)) is not None and held[place].is_text:
            held[place] = _counted(held[place])
    return Table(held, rows, data, header, lacks_pyarrow)


def _counted(column: Column) -> Column:
    """Return the numbers of a column that counts ``1/10``, ``2/10``; any other as it is."""
    cells = column.text or []
    if not all(_OF_SO_MANY.fullmatch(cell) or not cell for cell in cells):
        return column
    counts = [float(cell.partition("/")[0]) if cell else np.nan for cell in cells]
    return Column(np.array(counts), column.present)


def has_pyarrow() -> bool:
    """Whether the extra ``fast`` is installed; asking does not import it."""
    return find_spec("pyarrow") is not None


def shown(text: str) -> str:
    r"""Quote a piece of a file for a message: short, with control characters escaped.

    Examples
    --------
    >>> shown("\x1b[31mred")
    "'\\x1b[31mred'"
    """
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _names(header: Header) -> list[str]:
    names = [name or f"unnamed_{number}" for number, name in enumerate(header.names, start=1)]
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise MalformedError(
            f"{times} columns are called {shown(name)}",
            hint="rename or delete all but one of them",
            line=header.line,
            field=name,
        )
    return names


def _line(data: bytes, header: Header, row: int) -> int:
    return next(islice(rows(data, header), row, None))[0]


def _not_a_number(column: str, cell: str, line: int) -> MalformedError:
    return MalformedError(
        f"the cell holds {shown(cell)}; expected a number",
        hint="write a decimal point, and nothing between thousands"
        if is_decimal_comma(cell)
        else "correct the cell, or leave it empty if nothing was measured",
        line=line,
        field=column,
    )
