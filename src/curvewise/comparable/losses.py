"""The losses of a run in a form that can be computed with."""

from __future__ import annotations

import numpy as np

from curvewise.comparable.memo import once_per_run
from curvewise.model.run import Run
from curvewise.model.series import Series

LARGEST = 1e100
"""Values beyond are cut to this: no loss is so large, and its square must still be a float."""


@once_per_run
def finite_series(run: Run, metric: str) -> Series:
    """Return the finite points of a metric, cut to +-1e100; an empty series when the run lacks it."""
    series = run.get(metric)
    if series is None:
        return Series.from_points([], [])
    series = series.finite()
    if len(series) and np.abs(series.value).max() > LARGEST:
        series = Series(series.step, np.clip(series.value, -LARGEST, LARGEST), series.standard_error)
    return series
