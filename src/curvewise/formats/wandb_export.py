"""The format `wandb_export`: the CSV that the Weights & Biases page of a chart exports."""

from __future__ import annotations

import re

import numpy as np

from curvewise.errors import MalformedError
from curvewise.model.column_names import name_columns, require_one_run
from curvewise.model.run import Run, logged_as
from curvewise.model.series import Series
from curvewise.parsing.document import Document
from curvewise.parsing.epochs import with_epochs
from curvewise.parsing.steps import merge_restarts
from curvewise.plugin import file_format

_BOUNDS = ("__MIN", "__MAX")
_RUN_AND_METRIC = re.compile(r"(?P<run>.+) - (?P<metric>.+?)", re.DOTALL)


def _recognise(document: Document) -> bool:
    header = document.header
    return any(
        f"{column}{_BOUNDS[0]}" in header and _RUN_AND_METRIC.fullmatch(column) for column in header[1:]
    )


@file_format(
    title="Weights & Biases chart export (CSV)",
    recognised_by="columns '<run> - <metric>' with companions that end in __MIN and __MAX",
    recognise=_recognise,
)
def wandb_export(document: Document) -> Run:
    """Read the exported chart of one run.

    The companions ``__MIN`` and ``__MAX`` of each column bound what the page averaged over a step, or over
    the runs of a group, and are left out.

    Raises
    ------
    MixedRunsError
        If the chart shows several runs.
    """
    table = document.table
    step = next(iter(table.columns))
    if not document.header[0] or table.columns[step].is_text:
        raise MalformedError(
            f"the first column, {step!r}, is not a step",
            hint="choose the step as the x axis of the chart before exporting it",
            field=step,
        )
    metrics_of = {
        column: match
        for column in table.columns
        if not column.endswith(_BOUNDS) and (match := _RUN_AND_METRIC.fullmatch(column))
    }
    require_one_run("<run> - <metric>", (match["run"] for match in metrics_of.values()))
    steps, present = table.steps(step)
    keep = np.zeros(table.rows, dtype=np.bool_)
    keep[present], notes = merge_restarts(steps[present])
    numbers = {
        match["metric"]: table.columns[column]
        for column, match in metrics_of.items()
        if not table.columns[column].is_text
    }
    named = name_columns(numbers, {}, lambda name: int(np.sum(numbers[name].present)))
    metrics = {
        metric: Series.from_points(
            steps[numbers[column].present & keep], numbers[column].values[numbers[column].present & keep]
        )
        for column, metric in named.items()
    }
    metrics, length = with_epochs(metrics)
    name = next(iter(metrics_of.values()))["run"].removeprefix("Group: ")
    return Run(
        name=name[:200],
        metrics={metric: series for metric, series in metrics.items() if len(series)},
        steps_per_epoch=length,
        logged_as=logged_as(named),
        notes=notes,
    )
