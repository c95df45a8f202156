"""Python objects as the documents that they would be in a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from curvewise.errors import UsageError
from curvewise.extras import load_extra
from curvewise.model.arrays import plain
from curvewise.model.run import Note
from curvewise.parsing.document import Document, JsonDocument
from curvewise.parsing.trainer_names import is_trainer

EXPECTED = (
    "pass a path, `trainer.state.log_history`, a Trainer, a Keras History, a DataFrame, a list of dicts or a "
    "dict of lists; `Run.from_series` takes steps and values"
)
_BESIDE = {"loss": "learning_rate", "grad_norm": "learning_rate"}
"""What Hugging Face's Trainer logs together."""


def as_document(value: Any, mapping: Mapping[str, str]) -> Document:
    """Return the document that the state of a trainer, a history, a table, rows or numbers would be.

    Raises
    ------
    UsageError
        If it is something else.
    """
    name = type(value).__name__
    if getattr(value, "name", None) and hasattr(value, "to_frame") and hasattr(value, "to_list"):
        value = value.to_frame()  # a column of pandas or polars
    for state in (value, getattr(value, "state", None)):
        if isinstance(getattr(state, "log_history", None), list):
            return JsonDocument(name, plain(vars(state)), mapping)
    if isinstance(value, Mapping):
        return JsonDocument(name, plain(value), mapping)
    if isinstance(getattr(value, "history", None), Mapping):
        return JsonDocument(name, _keras_columns(value), mapping)
    if (columns := _columns(value)) is not None:
        return _table(name, columns, mapping)
    if isinstance(value, str | bytes | set | frozenset) or not isinstance(value, Iterable):
        raise UsageError(f"a run cannot be read from an object of the type {name}", hint=EXPECTED)
    rows = plain(value if hasattr(value, "tolist") else list(value))
    kinds = {type(row) for row in rows} if isinstance(rows, list) else {type(rows)}
    if kinds == {dict}:
        return JsonDocument(name, rows, mapping)
    if not kinds or kinds - {int, float} or not isinstance(rows, list):
        held = f"holds {' and '.join(sorted(kind.__name__ for kind in kinds))}" if kinds else "is empty"
        raise UsageError(f"the {name} {held}; expected a dict for each time of logging", hint=EXPECTED)
    document = JsonDocument(name, {"step": list(range(1, len(rows) + 1)), "train_loss": rows}, mapping)
    text = f"The {len(rows):,} numbers have no name: they were taken for training losses, one for each step."
    document.repairs += (Note("nameless_values", text),)
    return document


def _table(name: str, columns: Mapping[str, list[Any]], mapping: Mapping[str, str]) -> Document:
    """Return the rows that a trainer logged, or a table."""
    if is_trainer(columns):
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        held = [{key: value for key, value in row.items() if value is not None} for row in rows]
        return JsonDocument(name, held, mapping)
    if len(columns) == 1:
        return JsonDocument(name, columns, mapping)
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return Document(name, out.getvalue().encode(), mapping)


def _keras_columns(history: Any) -> dict[str, Any]:
    """Return the lists of a Keras History, over its epochs, which it counts from 0 and its files from 1."""
    columns: dict[str, Any] = plain(history.history)
    epochs = plain(getattr(history, "epoch", None))
    if not isinstance(epochs, list) or len(epochs) != max(map(len, columns.values()), default=0):
        return columns
    return {"epoch": [epoch + 1 for epoch in epochs], **columns}


def _columns(frame: Any) -> dict[str, list[Any]] | None:
    """Return the columns of a DataFrame, or of what gives an Arrow stream; None for something else."""
    names: Any = getattr(frame, "column_names", None) or getattr(frame, "columns", None)
    if isinstance(names, list) or hasattr(names, "tolist"):
        names = list(names)
    elif hasattr(frame, "__arrow_c_stream__"):
        pyarrow = load_extra("pyarrow", "pyarrow", "fast")
        try:
            frame = pyarrow.table(frame)
        except ValueError:  # a single column
            return None
        names = frame.column_names
    else:
        return None
    if len(set(map(str, names))) < len(names):
        raise UsageError("several columns have one name", hint="rename all but one of them")
    if hasattr(frame, "isna"):
        return _pandas_columns(frame)
    try:
        return {str(name): plain(frame[name]) for name in names}
    except TypeError as error:  # a query that was not carried out yet
        problem = (
            f"the columns of the {type(frame).__name__} cannot be read: {str(error).partition(chr(10))[0]}"
        )
        raise UsageError(problem, hint="pass the DataFrame, such as `.collect()` gives it") from error


def _pandas_columns(frame: Any) -> dict[str, list[Any]]:
    """Return the columns and named indices of a DataFrame of pandas, which writes NaN for a missing value.

    Where Hugging Face's Trainer logged a learning rate, the loss is not missing: it is NaN.
    """
    labels = [label for label in frame.index.names if label is not None]
    if labels and not {*labels} & {*frame.columns}:
        frame = frame.reset_index()
    columns = {
        str(name): plain(frame[name].astype(object).where(frame[name].notna(), None))
        for name in frame.columns
    }
    for name, beside in _BESIDE.items():
        if is_trainer(columns) and {name, beside} <= columns.keys():
            columns[name] = [
                float("nan") if value is None and other is not None else value
                for value, other in zip(columns[name], columns[beside], strict=True)
            ]
    return columns
