"""Around: the means of the few points nearest to each of some steps."""

from __future__ import annotations

import numpy as np

from curvewise.model.series import FloatArray, IntArray


def means_around(step: IntArray, value: FloatArray, at: IntArray, points: int = 5) -> FloatArray:
    """Means of the `points` values whose place in the series is centred on each of some steps.

    At the ends the window keeps its size and stops at the end.

    Parameters
    ----------
    step
        Increasing, shape (n,).
    value
        Finite, shape (n,).
    at
        The steps, shape (k,); need not be steps of the series.
    points
        Values to average, at most n.

    Returns
    -------
    float64, shape (k,)
        NaN for an empty series, and for a step outside of it.

    Examples
    --------
    >>> means_around(np.array([1, 2, 3, 4]), np.array([1.0, 2.0, 6.0, 10.0]), np.array([3, 9]), points=3)
    array([ 6., nan])
    """
    n, width = len(step), min(points, len(step))
    if not n:
        return np.full(len(at), np.nan)
    start = np.clip(np.searchsorted(step, at) - width // 2, 0, n - width)
    means = value[start[:, None] + np.arange(width)].mean(axis=1)
    return np.where((at >= step[0]) & (at <= step[-1]), means, np.nan)
