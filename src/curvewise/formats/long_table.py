"""The format `long_table`: a table with one row a value, as trackers export it."""

from __future__ import annotations

import numpy as np

from curvewise.model.column_names import RUN_COLUMNS, STEP_COLUMNS, find_column, require_one_run
from curvewise.model.run import Run
from curvewise.model.series import FloatArray, IntArray
from curvewise.parsing.document import Document
from curvewise.parsing.logged import read_points
from curvewise.parsing.table import Table
from curvewise.plugin import file_format

_NAMES = (
    "attribute_path", "metric.name", "metric_name", "metricname", "metric", "tag", "key", "name", "variable",
    "series",
)  # fmt: skip
_VALUES = ("float_value", "metric_value", "metricvalue", "value", "scalar")
_STEPS = (*STEP_COLUMNS, "metric_step")
MOST_SERIES = 2_000
"""Series of one table; one with more is no log of metrics."""


def _recognise(document: Document) -> bool:
    if document.mapping or not document.header:
        return False
    columns = [find_column(document.header, wanted) for wanted in (_NAMES, _VALUES, _STEPS)]
    return None not in columns and len(set(columns)) == 3


@file_format(
    title="Table with one row a value: exports of Aim, Comet, MLflow, Neptune and databases",
    recognised_by="columns for the name of a metric, its value and its step",
    recognise=_recognise,
)
def long_table(document: Document) -> Run:
    """Read each metric over its own steps, whatever the order of the rows; rows without a step are left out.

    Raises
    ------
    MixedRunsError
        If a column says that the rows belong to several runs.
    """
    table = document.table
    run = find_column(table.columns, (*RUN_COLUMNS, "run.hash"))
    if run is not None:
        cells = table.columns[run]
        values = cells.values.tolist() if cells.text is None else cells.text
        require_one_run(run, (each for each, held in zip(values, cells.present, strict=True) if held))
    return read_points(_points(table), document.mapping)


def _points(table: Table) -> dict[str, tuple[IntArray, FloatArray]]:
    name, value, step = (find_column(table.columns, wanted) for wanted in (_NAMES, _VALUES, _STEPS))
    assert name and value and step  # noqa: S101 - `_recognise` found them
    steps, has_step = table.steps(step)
    values, names = table.columns[value], table.columns[name]
    texts = np.array([str(each) for each in names.values] if names.text is None else names.text, dtype=object)
    usable = has_step & values.present & names.present
    if values.is_text:
        usable[:] = False
    order = np.flatnonzero(usable)
    order = order[np.argsort(steps[order], kind="stable")]
    points = {}
    for each in list(dict.fromkeys(texts[order]))[:MOST_SERIES]:
        rows = order[texts[order] == each]
        points[each] = steps[rows], values.values[rows]
    return points
