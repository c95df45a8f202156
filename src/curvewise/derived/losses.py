"""The losses of a run in a form that can be computed with."""

from __future__ import annotations

import numpy as np

from curvewise.derived.memo import once_per_run
from curvewise.model.run import Run
from curvewise.model.series import LARGEST, NO_POINTS, FloatArray, IntArray, Series


@once_per_run
def finite_series(run: Run, metric: str) -> Series:
    """Return the finite points of a metric, cut to +-1e100; an empty series when the run lacks it.

    Standard errors are cut too; one that is not known stays NaN or infinite.
    """
    series = run.get(metric)
    if series is None:
        return NO_POINTS
    if not np.abs(series.value).max(initial=0.0) <= LARGEST:  # one is NaN, or beyond
        series = series.finite()
        series = Series(series.step, series.value.clip(-LARGEST, LARGEST), series.standard_error)
    errors = series.standard_error
    if errors is not None and (beyond := (np.abs(errors) > LARGEST) & np.isfinite(errors)).any():
        series = Series(series.step, series.value, np.where(beyond, np.copysign(LARGEST, errors), errors))
    return series


def means_between(series: Series, at: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the mean of the values since the step before, for each of some steps, and how many they are."""
    series = series.between(None, int(at[-1]))
    place = at.searchsorted(series.step)
    counts = np.bincount(place, minlength=len(at))
    return np.bincount(place, series.value, minlength=len(at)) / np.maximum(counts, 1), counts
