"""Columns: from the cells of a table to arrays, with the standard library or with pyarrow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cached_property, partial
from itertools import islice
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.model.series import FloatArray
from curvewise.parsing.delimited import Header, has_closed_quotes, is_number, row_blocks, rows

BoolArray = NDArray[np.bool_]
Cells = TypeVar("Cells", np.bool_, np.float64)

BLANK = frozenset(("", "NA", "N/A", "n/a", "<NA>", "null", "NULL", "Null", "none", "None", "NONE", "No log"))
"""Cells that hold nothing. ``NaN`` and ``inf`` are values: a broken run must stay visible."""

DECIDING = 100
"""Cells that decide the kind of a column; it bounds what must be kept before the kind is known."""

_BLOCK = 10_000  # rows that are converted at a time
_AS_JSON = msgspec.json.Decoder(list[float | None])
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")


class Column(msgspec.Struct, frozen=True, eq=False, dict=True):
    """One column of a table: numbers, or text.

    Parameters
    ----------
    values
        Numbers, float64, shape (n,); NaN where a cell is blank, and throughout a column of text.
    present
        Whether a cell holds anything, bool, shape (n,).
    cells
        Makes the cells of a column of text; None for a column of numbers.
    """

    values: FloatArray
    present: BoolArray
    cells: Callable[[], list[str]] | None = None

    @cached_property
    def text(self) -> list[str] | None:
        """The cells of a column of text, "" where blank; None when the column holds numbers."""
        return None if self.cells is None else self.cells()

    @property
    def is_text(self) -> bool:
        """Whether the column holds text. Asking costs nothing, which making `text` does."""
        return self.cells is not None

    @property
    def is_blank(self) -> bool:
        """Whether no cell holds anything."""
        return not np.count_nonzero(self.present)


class NotANumberError(Exception):
    """A cell of a column of numbers holds text."""

    def __init__(self, column: int, row: int, cell: str) -> None:
        super().__init__(column, row, cell)
        self.column, self.row, self.cell = column, row, cell


def read_plainly(data: bytes, header: Header) -> list[Column]:
    """Convert every column with the standard library, in blocks of rows.

    The first `DECIDING` cells that are not blank decide the kind of a column: numbers when more than
    half of them are, else text.
    """
    builders = [_Builder(index) for index in range(len(header.names))]
    for block in row_blocks(data, header, _BLOCK):
        for builder, cells in zip(builders, zip(*block, strict=True), strict=True):
            builder.add(cells)
    return [builder.column() for builder in builders]


def read_with_pyarrow(data: bytes, header: Header) -> list[Column] | None:
    """Convert every column with pyarrow; None when it does not accept the file.

    It accepts less than `read_plainly`, and gives the same where it accepts.
    """
    bare_returns = b"\r" in data and data.count(b"\r") != data.count(b"\r\n")
    if len(header.names) < 2 or bare_returns or not has_closed_quotes(data):
        return None  # here pyarrow takes other lines for empty or for ended
    head = [cells for _, cells in islice(rows(data, header), 10 * DECIDING)]
    kinds = [_text_by_head(cells) for cells in zip(*head, strict=True)]
    if None in kinds or not kinds:
        return None
    import pyarrow as pa  # costs 0.2 s, which only a large file is worth
    from pyarrow import csv as arrow_csv

    names = [str(index) for index in range(len(kinds))]
    body: Any = pa.BufferReader(
        pa.py_buffer(data).slice(header.end)
    )  # the stubs know Python's own files only
    most = data.count(b"\n", header.end) + 1
    columns, count = [_Filled(most, is_text) for is_text in kinds], 0
    try:
        batches = arrow_csv.open_csv(
            body,
            read_options=arrow_csv.ReadOptions(column_names=names),
            parse_options=arrow_csv.ParseOptions(delimiter=header.delimiter, newlines_in_values=b'"' in data),
            convert_options=arrow_csv.ConvertOptions(
                column_types={
                    name: pa.string() if text else pa.float64()
                    for name, text in zip(names, kinds, strict=True)
                },
                null_values=sorted(BLANK),
                strings_can_be_null=True,
            ),
        )
        for batch in batches:
            for column, cells in zip(columns, batch.columns, strict=True):
                column.fill(count, cells)
            count += batch.num_rows
    except pa.ArrowInvalid:
        return None
    return [column.column(count) for column in columns]


class _Filled:
    """A column of at most so many rows, filled batch by batch: what is read is in memory once."""

    def __init__(self, most: int, is_text: bool | None) -> None:
        self.values = np.broadcast_to(np.nan, most) if is_text else np.empty(most)
        self.present: BoolArray | None = None  # where nothing is blank
        self.texts: list[Any] | None = [] if is_text else None

    def fill(self, start: int, cells: Any) -> None:
        """Take the cells of a batch, of pyarrow."""
        end = start + len(cells)
        if cells.null_count:
            self.present = np.ones(len(self.values), dtype=bool) if self.present is None else self.present
            self.present[start:end] = cells.is_valid().to_numpy(zero_copy_only=False)
        if self.texts is None:
            self.values[start:end] = cells.to_numpy(zero_copy_only=False)
        else:
            self.texts.append(cells)

    def column(self, count: int) -> Column:
        """Make the column of the rows that came."""
        present = np.ones(count, dtype=bool) if self.present is None else self.present[:count]
        texts = self.texts
        return Column(self.values[:count], present, None if texts is None else partial(_texts, texts))


def _texts(batches: Iterable[Any]) -> list[str]:
    return ["" if cell is None else cell for cells in batches for cell in cells.to_pylist()]


class _Builder:
    """Collects one column, block by block; keeps text only as long as it may be needed."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.is_text: bool | None = None  # not known yet
        self.kept: list[str] = []
        self.numbers: list[FloatArray] = []
        self.present: list[BoolArray] = []
        self.rows = 0

    def add(self, cells: Sequence[str]) -> None:
        """Take the cells of the next rows."""
        if self.is_text is False:
            self._convert(cells)
            return
        self.kept.extend(cells)
        if self.is_text is None and len(self.kept) >= _BLOCK and len(_deciding(self.kept)) == DECIDING:
            self._decide()

    def column(self) -> Column:
        """Make the column of all cells taken."""
        if self.is_text is None:
            self._decide()
        if not self.is_text:
            return Column(_joined(self.numbers), _joined(self.present))
        cells = ["" if cell in BLANK else cell for cell in self.kept]
        present = np.fromiter(map(bool, cells), dtype=bool, count=len(cells))
        return Column(np.full(len(cells), np.nan), present, lambda: cells)

    def _decide(self) -> None:
        try:
            self._convert(self.kept)
        except NotANumberError:
            deciding = _deciding(self.kept)
            self.is_text = _mostly_text(deciding)
            if not self.is_text:
                raise
            if is_decimal_comma(deciding[0]):
                raise NotANumberError(self.index, self.kept.index(deciding[0]), deciding[0]) from None
        else:
            self.is_text, self.kept = False, []

    def _convert(self, cells: Sequence[str]) -> None:
        try:
            numbers, present = _numbers(cells)
        except ValueError:
            stripped = [cell.strip() for cell in cells]
            for row, cell in enumerate(stripped):
                if cell not in BLANK and not is_number(cell):
                    raise NotANumberError(self.index, self.rows + row, cell) from None
            numbers, present = _numbers(stripped)
        self.numbers.append(numbers)
        self.present.append(present)
        self.rows += len(cells)


def _joined(parts: Sequence[NDArray[Cells]]) -> NDArray[Cells]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _numbers(cells: Sequence[str]) -> tuple[FloatArray, BoolArray]:
    together = ",".join([cell or "null" for cell in cells])
    with suppress(msgspec.DecodeError):  # as JSON they are read in a third of the time that `float` takes
        values = np.array(_AS_JSON.decode(f"[{together}]"), dtype=np.float64)
        if len(values) == len(cells):
            return values, ~np.isnan(values)  # JSON has no NaN: where there is one, the cell is blank
    if "_" in together or not together.isascii():
        raise ValueError("float() would read digit groups and the digits of other scripts")
    present = [cell not in BLANK for cell in cells]
    numbers = [float(cell) if holds else np.nan for cell, holds in zip(cells, present, strict=True)]
    return np.array(numbers), np.array(present, dtype=bool)


def _deciding(cells: Iterable[str]) -> list[str]:
    return list(islice((cell for cell in cells if cell.strip() not in BLANK), DECIDING))


def _mostly_text(deciding: Sequence[str]) -> bool:
    return sum(map(is_number, deciding)) * 2 <= len(deciding) > 0


def _text_by_head(cells: Iterable[str]) -> bool | None:
    """Whether a column is text, as the first rows tell; None when they do not suffice to tell."""
    deciding = _deciding(cells)
    if all(map(is_number, deciding)):
        return False
    return _mostly_text(deciding) if len(deciding) == DECIDING and not is_decimal_comma(deciding[0]) else None


def is_decimal_comma(cell: str) -> bool:
    """Whether a cell is a number with a decimal comma, which would otherwise pass for text."""
    return _DECIMAL_COMMA.fullmatch(cell.strip()) is not None
