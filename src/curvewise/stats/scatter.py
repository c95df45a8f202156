"""Scatter: how far one value typically lies from where its neighbours put it."""

from __future__ import annotations

import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.medians import median

LEAST = 6
"""Fewest values whose scatter is estimated: four distances from the neighbours."""


def scatter(values: FloatArray) -> float | None:
    """Return the standard deviation of a typical value about a locally straight course.

    From each value's distance to the mean of its two neighbours, whose variance is 1.5 times that of
    one value. The median of the distances is used however few there are (median absolute deviation
    times 1.4826, for normal scatter), so that a dip of one value, such as an evaluation during which
    a tool was down, does not make all others look noisy. A steady rise adds nothing.

    Parameters
    ----------
    values
        Finite, in the order of the steps, shape (n,).

    Returns
    -------
    float or None
        In the unit of the values; None for fewer than 6.

    Examples
    --------
    >>> scatter(np.array([0.0, 1.0, 2.0, 3.0, -9.0, 5.0, 6.0, 7.0, 8.0, 9.0]))
    0.0
    """
    if len(values) < LEAST:
        return None
    distances = values[1:-1] - (values[:-2] + values[2:]) / 2
    return float(1.4826 * median(np.abs(distances)) / np.sqrt(1.5))
