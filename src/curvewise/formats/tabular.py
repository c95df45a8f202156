"""The format `tabular`: any CSV or TSV file with a step or an epoch and metrics that the catalogue knows."""

from __future__ import annotations

import numpy as np

from curvewise.errors import MalformedError
from curvewise.model.column_names import (
    EPOCH_COLUMNS,
    RUN_COLUMNS,
    STEP_COLUMNS,
    find_column,
    holds_metrics,
    minibatch_marks,
    name_columns,
    recognised,
    require_mapping,
    require_no_metric,
    require_one_run,
)
from curvewise.model.run import Note, Run, logged_as
from curvewise.model.series import IntArray, Series
from curvewise.parsing.columns import BoolArray, Column
from curvewise.parsing.document import Document
from curvewise.parsing.epochs import with_epochs
from curvewise.parsing.steps import merge_restarts, unroll_epochs
from curvewise.parsing.table import Table
from curvewise.parsing.trainer_names import is_timing, validation_examples
from curvewise.plugin import file_format
from curvewise.text import abridged, printable

_TIMES = ("time", "date", "timestamp", "wall_time", "walltime", "elapsed_time", "elapsed")


class _Steps:
    """Step of each row of a table, and which rows to use."""

    def __init__(self, column: str | None, steps: IntArray, keep: BoolArray, notes: tuple[Note, ...]) -> None:
        self.column, self.steps, self.keep, self.notes = column, steps, keep, notes

    def series(self, column: Column) -> Series:
        """Return a column over the steps, without its blank cells."""
        chosen = column.present & self.keep
        if chosen.all():
            return Series.from_points(self.steps, column.values)
        return Series.from_points(self.steps[chosen], column.values[chosen])


def _recognise(document: Document) -> bool:
    return bool(document.header) and (bool(document.mapping) or holds_metrics(document.header))


@file_format(
    title="Table of metrics (CSV, TSV): Keras, Lightning, Bedrock, Baselines, notebooks, own logs",
    recognised_by="a header with a step or an epoch and a known metric, or columns that the user maps",
    recognise=_recognise,
    generic=True,
)
def tabular(document: Document) -> Run:
    """Read a table with one row for each time that something was logged.

    Rows of training and of validation may alternate: blank cells are no values. A table without a step
    is read by its epochs; a Keras log without either by its row numbers. Unknown columns of numbers keep
    their names, and columns of text are left out.
    """
    table = document.table
    require_mapping(document.mapping, table.columns)
    if not table.rows:
        raise MalformedError(
            "the table has a header and no rows", hint="wait until the first step has been logged"
        )
    _require_one_run(table)
    steps = _steps(table, document)
    require_no_metric(document.mapping, steps.column)
    columns = {
        name: column
        for name, column in table.columns.items()
        if name != steps.column and not column.is_text and not column.is_blank
    }
    named = name_columns(columns, document.mapping, lambda name: int(np.sum(columns[name].present)))
    metrics = {metric: steps.series(columns[column]) for column, metric in named.items()}
    by_epoch = steps.column is not None and find_column([steps.column], EPOCH_COLUMNS) is not None
    metrics, length = with_epochs(metrics)
    return Run(
        metrics={metric: series for metric, series in metrics.items() if len(series)},
        steps_per_epoch=1.0
        if by_epoch or (steps.column is None and "epoch" not in named.values())
        else length,
        validation_examples=validation_examples(
            {name: steps.series(column) for name, column in columns.items() if is_timing(name)}
        ),
        logged_as=logged_as(named),
        notes=(*steps.notes, *_text_note(table, document), *_speed_note(table)),
    )


def _require_one_run(table: Table) -> None:
    name = find_column(table.columns, RUN_COLUMNS)
    if name is not None:
        column = table.columns[name]
        values = column.values.tolist() if column.text is None else column.text
        require_one_run(
            name, (value for value, present in zip(values, column.present, strict=True) if present)
        )


def _steps(table: Table, document: Document) -> _Steps:
    """Find the step of each row: a step column, whole epochs, or the number of the row."""
    name = document.mapping.get("step") or find_column(table.columns, STEP_COLUMNS)
    epoch = document.mapping.get("epoch") or find_column(table.columns, EPOCH_COLUMNS)
    if name is None and epoch is None:
        _require_epoch_rows(table)
    elif name is None and epoch is not None and _is_whole(table.columns[epoch]):
        name = epoch
    if name is not None:
        return _merged(name, epoch, table)
    note = Note(
        "row_number_as_step",
        f"The table has no step: the {table.rows:,} rows are numbered from 1"
        + ("." if find_column(table.columns, EPOCH_COLUMNS) else ", one for each epoch."),
    )
    return _Steps(None, np.arange(1, table.rows + 1), np.ones(table.rows, dtype=np.bool_), (note,))


def _require_epoch_rows(table: Table) -> None:
    """Refuse a table without step and epoch, unless it is a Keras log, which has one row an epoch.

    Losses of training and of validation side by side are one, unless a text beside them names the rows.
    """
    columns = list(table.columns)
    marks = minibatch_marks(columns)
    names = [recognised(column, marks) for column in columns]
    losses = {"train_loss", "full_valid_loss"}
    is_named = any(
        column.is_text for name, column in table.columns.items() if not find_column([name], _TIMES)
    )
    if not losses & set(names) or (None in names and (is_named or not losses <= set(names))):
        raise MalformedError(
            f"there is no step column; expected one of {', '.join(STEP_COLUMNS[:9])}, epoch, ...",
            hint=f"name the column with `--map step=COLUMN`; the columns are {abridged(columns, 20)}",
            field="step",
        )


def _is_whole(column: Column) -> bool:
    values = column.values[column.present]
    return bool(np.isfinite(values).all()) and bool((values == np.round(values)).all())


def _merged(name: str, epoch: str | None, table: Table) -> _Steps:
    """Make one history of the rows; rows with values in different columns may share a step."""
    steps, present = table.steps(name)
    notes: tuple[Note, ...] = ()
    if epoch is not None and np.array_equal(table.columns[epoch].present, present):
        steps = steps.copy()
        steps[present], notes = unroll_epochs(steps[present], table.columns[epoch].values[present])

    def kinds() -> IntArray:
        """Return a number for the columns in which each row has a value."""
        held = np.zeros(table.rows, dtype=np.int64)
        for index, column in enumerate(table.columns.values()):
            held[column.present] ^= hash((index,))
        return held[present]

    keep = present.copy()
    keep[present], further = merge_restarts(steps if present.all() else steps[present], kinds=kinds)
    notes += further
    if missing := int(np.sum(~present)):
        text = f"{missing:,} of {table.rows:,} rows have no {name} and were left out."
        notes = (*notes, Note("rows_without_step", text))
    return _Steps(name, steps, keep, notes)


def _text_note(table: Table, document: Document) -> tuple[Note, ...]:
    text = [
        name
        for name, column in table.columns.items()
        if column.is_text and find_column([name], (*_TIMES, *RUN_COLUMNS)) is None
    ]
    for metric, column_name in document.mapping.items():
        if column_name in text:
            raise MalformedError(
                f"the column that is mapped to {metric} holds text; expected numbers",
                hint="map a column of numbers",
                field=column_name,
            )
    for name in text:
        if recognised(name, table.columns):
            raise _text_in_a_metric(table, name)
    if not text:
        return ()
    return (Note("text_columns", f"Columns of text were left out: {abridged(text)}."),)


def _speed_note(table: Table) -> tuple[Note, ...]:
    if not table.lacks_pyarrow:
        return ()
    text = f"The file of {len(table.data) / 1e6:.1f} MB is read faster with `pip install 'curvewise[fast]'`."
    return (Note("read_without_pyarrow", text),)


def _text_in_a_metric(table: Table, name: str) -> MalformedError:
    """Name the first cell of a metric that is text."""
    cells = table.columns[name].text or []
    row = next((index for index, cell in enumerate(cells) if cell and not _is_number(cell)), 0)
    return MalformedError(
        f"the cell holds {printable(cells[row], 40)!r}; expected a number",
        hint="correct the cell, or leave it blank when the value is not known",
        line=table.line(row),
        field=name,
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
