"""The table of a fleet: one row a run, in JSON Lines, CSV or Parquet, and read back from each."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

import msgspec

from curvewise.errors import CurvewiseError, InputError
from curvewise.extras import load_extra
from curvewise.fleet.judging import setting
from curvewise.model.finding import Status
from curvewise.model.fleet import FleetRow
from curvewise.parsing.columnar import read
from curvewise.storage.files import read_file, write_file
from curvewise.text import cell

ENDINGS = (".parquet", ".csv", ".jsonl")
SETTING, FINDING = "hp.", "finding."
"""What the columns of hyperparameters and of findings begin with."""
_PLAIN = tuple(field for field in FleetRow.__struct_fields__ if field not in ("hyperparameters", "findings"))
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(FleetRow)
_REPEATED = ("kind", "base_model", "status", "refusal", "diagnosis", "severity", "certainty", "metric")
"""Fields of which most runs have one of a few values."""
_FINDINGS: dict[tuple[tuple[str, Status], ...], Mapping[str, Status]] = {}
"""Findings that rows of this process have, each once."""
_TYPES = {field.name: field.type for field in msgspec.structs.fields(FleetRow)}


def encode_rows(rows: Iterable[FleetRow]) -> list[bytes]:
    """Write rows as lines of JSON; what is no UTF-8 in the name of a file, as escapes."""
    return [_line(row) for row in rows]


def _line(row: FleetRow) -> bytes:
    try:
        return _ENCODER.encode(row)
    except UnicodeEncodeError:
        return _ENCODER.encode(_escaped(msgspec.to_builtins(row)))


def _escaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {_escaped(name): _escaped(each) for name, each in value.items()}
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def decode_rows(lines: Iterable[bytes]) -> list[FleetRow]:
    """Read rows from lines of JSON; what many of them hold they share, to save memory."""
    return [_shared(_DECODER.decode(line)) for line in lines]


def _shared(row: FleetRow) -> FleetRow:
    same = {field: sys.intern(value) for field in _REPEATED if (value := getattr(row, field))}
    file = row.address if row.file == row.address else row.file
    key = tuple(row.findings.items())
    return msgspec.structs.replace(row, **same, file=file, findings=_FINDINGS.setdefault(key, row.findings))


def write_table(path: Path, rows: Sequence[FleetRow]) -> None:
    """Write all rows into a file, by its ending."""
    if path.suffix == ".jsonl":
        write_file(path, b"".join(line + b"\n" for line in encode_rows(rows)))
        return
    columns = _columns(rows)
    if path.suffix == ".csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in zip(*columns.values(), strict=True))
        write_file(path, out.getvalue())
        return
    arrow, parquet = _arrow(), load_extra("pyarrow.parquet", "pyarrow", "fast")
    sink = arrow.BufferOutputStream()
    parquet.write_table(arrow.table({name: _typed(values) for name, values in columns.items()}), sink)
    write_file(path, sink.getvalue().to_pybytes())


def require_writable(path: Path) -> None:
    """Refuse a Parquet file now where the package that writes it is missing."""
    if path.suffix == ".parquet":
        _arrow()


def _arrow() -> Any:
    return load_extra("pyarrow", "pyarrow", "fast", instead="name a file .csv or .jsonl, or ")


def _columns(rows: Sequence[FleetRow]) -> dict[str, list[Any]]:
    settings = sorted({name for row in rows for name in row.hyperparameters})
    findings = sorted({name for row in rows for name in row.findings})
    return {
        **{field: [getattr(row, field) for row in rows] for field in _PLAIN},
        **{SETTING + name: [row.hyperparameters.get(name) for row in rows] for name in settings},
        **{FINDING + name: [row.findings.get(name) for row in rows] for name in findings},
    }


def _cell(value: Any) -> Any:
    """Write a cell of CSV: a text never as a formula."""
    return cell(value) if isinstance(value, str) else value


def _typed(values: list[Any]) -> list[Any]:
    """Return values of one type, as a column of Parquet has them; mixed ones become text."""
    kinds = {bool if isinstance(value, bool) else type(value) for value in values if value is not None}
    if len(kinds) < 2 or kinds <= {int, float}:
        return values
    return [None if value is None else str(value) for value in values]


def is_table(path: str) -> bool:
    """Whether a file is the table of a fleet, by its ending and its beginning."""
    if PurePath(path).suffix not in ENDINGS or not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        head = file.read(200)
    columns = f"{_PLAIN[0]},{_PLAIN[1]},{_PLAIN[2]},".encode()
    return head.startswith((columns, b'{"address":', b"PAR1"))


def read_table(path: str) -> list[FleetRow]:
    """Read the rows of a table back."""
    ending = PurePath(path).suffix
    try:
        if ending == ".jsonl":
            with Path(path).open("rb") as lines:  # the text takes twice the memory of the rows
                return decode_rows(line for line in lines if line.endswith(b"\n") and not line.isspace())
        data = read_file(path)
        if ending == ".csv":
            reader = csv.DictReader(io.StringIO(data.decode()))
            return [_row({name: _read(name, text) for name, text in line.items()}) for line in reader]
        _arrow()
        table, _ = read(data, "Parquet")
        return [_row(line) for line in table.to_pylist()]
    except CurvewiseError:
        raise
    except Exception as error:  # whatever a damaged table makes a reader raise
        hint = "pass a table that `curvewise fleet` has written"
        raise InputError(f"this is no table of a fleet: {error}", hint=hint, file=path) from error


def _read(name: str, text: str) -> Any:
    if text == "":
        return None
    if name.startswith(SETTING):
        return setting(text)
    kinds = {_TYPES.get(name), *getattr(_TYPES.get(name), "__args__", ())}
    if bool in kinds:
        return text == "True"
    return float(text) if kinds & {int, float} else text


def _row(cells: Mapping[str, Any]) -> FleetRow:
    plain = {name: value for name, value in cells.items() if name in _TYPES and value is not None}
    nested = {
        field: {
            name.removeprefix(prefix): value
            for name, value in cells.items()
            if name.startswith(prefix) and value is not None
        }
        for field, prefix in (("hyperparameters", SETTING), ("findings", FINDING))
    }
    return _shared(msgspec.convert({**plain, **nested}, FleetRow, strict=False))
