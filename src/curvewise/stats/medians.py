"""Medians, by partition."""

from __future__ import annotations

import numpy as np

from curvewise.model.series import FloatArray


def median(values: FloatArray) -> float:
    """Return the median of finite values, NaN for none.

    `numpy.median` gives the same; on its first call it imports `numpy.ma`, which takes a tenth of the
    start-up time of the command line, and it is several times slower on a few hundred values.

    Parameters
    ----------
    values
        Shape (n,), without NaN.

    Examples
    --------
    >>> median(np.array([3.0, 1.0, 2.0, 10.0]))
    2.5
    """
    n = len(values)
    if n == 0:
        return float("nan")
    half = n // 2
    if n % 2:
        return float(np.partition(values, half)[half])
    pair = np.partition(values, (half - 1, half))[half - 1 : half + 1]
    return float(pair[0] / 2 + pair[1] / 2)


def row_medians(rows: FloatArray) -> FloatArray:
    """Return the median of each row, shape (m,) for (m, n) with n of at least 1, without NaN.

    Examples
    --------
    >>> row_medians(np.array([[3.0, 1.0, 2.0], [0.0, 9.0, 0.0]]))
    array([2., 0.])
    """
    half = rows.shape[1] // 2
    if rows.shape[1] % 2:
        return np.partition(rows, half, axis=1)[:, half]
    parts = np.partition(rows, (half - 1, half), axis=1)
    return parts[:, half - 1] / 2 + parts[:, half] / 2
