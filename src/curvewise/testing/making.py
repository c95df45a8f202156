"""Runs from plain lists, for examples and tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from curvewise.model.run import Checkpoint, Kind, Run
from curvewise.model.series import Series


def make_run(
    *,
    kind: Kind | None = None,
    checkpoints: Sequence[int] | None = None,
    every: int = 1,
    metrics: dict[str, Any] | None = None,
    **values: Any,
) -> Run:
    """Make a run from plain lists, for examples and tests.

    Parameters
    ----------
    kind
        The kind of run; found from the metrics when None.
    checkpoints
        Steps of the checkpoints that exist; None when no list is known.
    every
        Steps between the values of a list; they begin at step `every`.
    metrics
        Metrics whose names are not Python names, such as ``full_valid_loss/code``.
    **values
        For each metric a list of values at the steps ``every, 2 * every, ...``, or a dict of
        step to value. Other fields of `Run`, such as ``steps_per_epoch``, are taken as they are.

    Examples
    --------
    >>> run = make_run(train_loss=[2.0, 1.0], full_valid_loss={2: 1.5}, steps_per_epoch=1)
    >>> run["full_valid_loss"].step
    array([2])
    """
    fields = {name: values.pop(name) for name in list(values) if name in Run.__struct_fields__}
    series = {}
    for name, points in {**values, **(metrics or {})}.items():
        if isinstance(points, dict):
            series[name] = Series.from_points(list(points), list(points.values()))
        elif isinstance(points, Series):
            series[name] = points
        else:
            series[name] = Series.from_points(every * np.arange(1, len(points) + 1), points)
    saved = None
    if checkpoints is not None:
        saved = tuple(Checkpoint(step=step, model=f"model:ckpt-step-{step}") for step in sorted(checkpoints))
    return Run(
        **{"name": "example", "metrics": series, "checkpoints": saved, "declared_kind": kind, **fields}
    )
