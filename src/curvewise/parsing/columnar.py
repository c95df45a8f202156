"""Parquet and Arrow, which Feather is: tables of columns, as the CSV that they would be."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from typing import Any

from curvewise.errors import InputError
from curvewise.limits import CELLS
from curvewise.model.run import Note
from curvewise.text import abridged

SIGNATURES = {b"PAR1\x15": "Parquet", b"ARROW1\x00\x00": "Arrow"}
"""How a file of each kind begins."""


def as_csv(data: bytes, kind: str) -> tuple[bytes, tuple[Note, ...]]:
    """Write the columns of numbers and text as CSV; others are left out, and a note says which."""
    if find_spec("pyarrow") is None:
        raise InputError(
            f"the file is {_with_article(kind)} file, and the package `pyarrow` is not installed",
            hint="pip install 'curvewise[fast]', or write it as CSV",
        )
    import pyarrow as pa
    from pyarrow import csv

    try:
        table = _read(data, kind)
        chosen = [field.name for field in table.schema if _is_plain(field.type)]
        left_out = [field.name for field in table.schema if field.name not in chosen]
        plain = pa.table({name: _plain(table[name]) for name in chosen})
        out = BytesIO()
        csv.write_csv(plain, out)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise InputError(
            f"the file begins as {kind} and cannot be read: {error}",
            hint="write it again; it is probably cut or damaged",
        ) from error
    text = f"Columns that hold neither numbers nor text were left out: {abridged(left_out)}."
    return out.getvalue(), (Note("nested_columns", text),) if left_out else ()


def _read(data: bytes, kind: str) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    source = pa.BufferReader(data)
    if kind == "Parquet":
        file = parquet.ParquetFile(source)
        _require_few(file.metadata.num_rows, file.metadata.num_columns)
        return file.read()
    table = pa.ipc.open_file(source).read_all()
    table.validate(full=True)
    _require_few(table.num_rows, table.num_columns)
    return table


def _require_few(rows: int, columns: int) -> None:
    if rows * columns > CELLS.value:
        found = f"this is a data set and no log of metrics: {rows:,} rows of {columns:,} columns"
        raise CELLS.exceeded(found, "pass the table of metrics alone")


def _is_plain(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    texts = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_timestamp(kind)
    numbers = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return texts or numbers or pa.types.is_boolean(kind)


def _plain(column: Any) -> Any:
    """Return a column without codes that stand for its values, and without half precision."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.float64()) if pa.types.is_float16(column.type) else column


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "AEIOU" else f"a {kind}"
