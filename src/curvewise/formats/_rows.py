"""The rows of a log as a run: shared by the formats that hold one object for each time of logging."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from curvewise.errors import MalformedError
from curvewise.model.column_names import (
    EPOCH_COLUMNS,
    STEP_COLUMNS,
    find_column,
    name_columns,
    require_mapping,
    require_no_metric,
)
from curvewise.model.run import Note, Run, logged_as
from curvewise.parsing.epochs import with_epochs
from curvewise.parsing.rows import History, RowColumn, RowTable
from curvewise.parsing.trainer_names import is_timing, is_trainer, trainer_names, validation_examples
from curvewise.text import abridged


def read_history(table: RowTable, mapping: Mapping[str, str], rounded: float = 0.0) -> tuple[Run, History]:
    """Read the columns of a log, rounded by such a part, over its steps, or over whole epochs without any.

    With neither, but with fractional epochs, the rows are numbered from 1, and a note says so.
    """
    require_mapping(mapping, table.columns)
    epoch = mapping.get("epoch") or find_column(table.columns, EPOCH_COLUMNS)
    step = mapping.get("step") or find_column(table.columns, STEP_COLUMNS)
    by_epoch = step is None
    notes: tuple[Note, ...] = ()
    if step is None and epoch is not None and not _is_whole(table.columns[epoch]):
        by_epoch, step = False, "step"
        every = np.arange(table.count)
        table = RowTable(
            table.count, {step: RowColumn(every, (every + 1).astype(np.float64)), **table.columns}, table.text
        )
        text = f"There is no step: the {table.count:,} rows are numbered from 1."
        notes = (Note("row_number_as_step", text),)
    step = step or epoch
    if step is None:
        raise MalformedError(
            f"there is no step key; expected one of {', '.join(STEP_COLUMNS[:9])}, epoch, ...",
            hint=f"name the key with `--map step=KEY`; the keys are {abridged(list(table.columns), 20)}",
            field="step",
        )
    require_no_metric(mapping, step)
    history = table.history(step, epoch)
    keys = [key for key in table.columns if key != step]
    examples = validation_examples({key: history.series(key) for key in keys if is_timing(key)}, rounded)
    if is_trainer(table.columns) and not mapping:
        named = trainer_names(keys)
    else:
        named = name_columns(keys, mapping, lambda key: len(table.columns[key].rows))
    metrics, length = with_epochs({metric: history.series(key) for key, metric in named.items()})
    run = Run(
        metrics={metric: series for metric, series in metrics.items() if len(series)},
        steps_per_epoch=1.0 if by_epoch else length,
        validation_examples=examples,
        logged_as=logged_as(named),
        notes=(*notes, *history.notes),
    )
    return run, history


def _is_whole(column: RowColumn) -> bool:
    return bool(np.isfinite(column.values).all()) and bool((column.values == np.round(column.values)).all())
