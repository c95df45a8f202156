"""Parquet and Arrow, which Feather is: tables of columns, as the CSV that they would be."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from curvewise.errors import InputError
from curvewise.limits import CELLS, COLUMNS, LINE_BYTES, UNPACKED_BYTES
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
        table, left_out = read(data, kind)
        plain = pa.table({name: _plain(table[name]) for name in table.column_names})
        out = BytesIO()
        csv.write_csv(plain, out)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise InputError(
            f"the file begins as {kind} and cannot be read: {error}",
            hint="write it again; it is probably cut or damaged",
        ) from error
    text = f"Columns that hold neither numbers nor text were left out: {abridged(left_out)}."
    return out.getvalue(), (Note("nested_columns", text),) if left_out else ()


def read(data: bytes, kind: str) -> tuple[Any, list[str]]:
    """Return the columns of numbers and text, and the names of the others, which are not unpacked."""
    import pyarrow as pa
    from pyarrow import parquet

    source = pa.BufferReader(data)
    if kind == "Parquet":
        about = parquet.ParquetFile(source)
        _require_few(about.metadata.num_rows, about.metadata.num_columns)
        schema = about.schema_arrow
        texts = [field.name for field in schema if _is_text(field.type)]
        chosen = [field.name for field in schema if _is_plain(field.type)]
        # text stays a dictionary, as it is stored: a long one may stand in every row
        table = parquet.ParquetFile(pa.BufferReader(data), read_dictionary=texts).read(columns=chosen)
        table.validate(full=True)
    else:
        file = pa.ipc.open_file(source)
        schema, batches, size = file.schema, [], 0
        chosen = [field.name for field in schema if _is_plain(field.type)]
        for number in range(file.num_record_batches):
            batches.append(file.get_batch(number))
            batches[-1].validate(full=True)  # to look at a damaged one could end the process
            size += batches[-1].nbytes
            _require_unpacked(size)
        table = pa.Table.from_batches(batches, schema)
        _require_few(table.num_rows, table.num_columns)
        table = table.select(chosen)
    _require_short([column for column in table.columns if _is_text(column.type)])
    return table, [field.name for field in schema if field.name not in chosen]


def _require_short(columns: Iterable[Any]) -> None:
    """Refuse text that has no place in a table of metrics: one cell, or all of it."""
    import pyarrow as pa
    from pyarrow import compute

    size = 0
    for chunk in (chunk for column in columns for chunk in column.chunks):
        coded = pa.types.is_dictionary(chunk.type)
        lengths = compute.binary_length(chunk.dictionary if coded else chunk)
        if (compute.max(lengths).as_py() or 0) > LINE_BYTES.value:
            raise LINE_BYTES.exceeded("a cell of text is longer", "leave out what is no metric")
        size += compute.sum(lengths.take(chunk.indices) if coded else lengths).as_py() or 0
        _require_unpacked(size)


def _require_unpacked(size: int) -> None:
    UNPACKED_BYTES.require(size, "unpacked the file has", "leave out what is no metric")


def _require_few(rows: int, columns: int) -> None:
    COLUMNS.require(columns, "the table has", "leave out what is no metric")
    if rows * columns > CELLS.value:
        found = f"this is a data set and no log of metrics: {rows:,} rows of {columns:,} columns"
        raise CELLS.exceeded(found, "pass the table of metrics alone")


def _is_plain(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    texts = _is_text(kind) or pa.types.is_timestamp(kind)
    numbers = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return texts or numbers or pa.types.is_boolean(kind)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _plain(column: Any) -> Any:
    """Return a column without codes that stand for its values, and without half precision."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.float64()) if pa.types.is_float16(column.type) else column


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "AEIOU" else f"a {kind}"
