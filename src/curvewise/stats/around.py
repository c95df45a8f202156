"""Around: the mean of the few points nearest to a step."""

from __future__ import annotations

import numpy as np

from curvewise.model.series import FloatArray, IntArray


def mean_around(step: IntArray, value: FloatArray, at: int, points: int = 5) -> float | None:
    """Mean of the `points` values whose place in the series is centred on a step.

    At the ends the window keeps its size and stops at the end.

    Parameters
    ----------
    step
        Increasing, shape (n,).
    value
        Finite, shape (n,).
    at
        The step; need not be one of the series.
    points
        Values to average, at most n.

    Returns
    -------
    float or None
        None for an empty series, and for a step outside of it.

    Examples
    --------
    >>> mean_around(np.array([1, 2, 3, 4]), np.array([1.0, 2.0, 6.0, 10.0]), 3, points=3)
    6.0
    """
    n = len(step)
    if not n or not step[0] <= at <= step[-1]:
        return None
    centre = int(np.searchsorted(step, at))
    width = min(points, n)
    start = min(max(centre - width // 2, 0), n - width)
    return float(np.mean(value[start : start + width]))
