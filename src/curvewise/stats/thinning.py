"""Thinning: fewer points to draw, with every peak kept."""

from __future__ import annotations

import numpy as np

from curvewise.model.series import FloatArray, IntArray


def thin(values: FloatArray, points: int) -> IntArray:
    """Pick the points to draw: the lowest and the highest of each bucket, and both ends.

    A point that is not finite is kept as the only one of its bucket that is not, so that a
    broken stretch stays visible.

    Parameters
    ----------
    values
        Shape (n,).
    points
        About how many to keep; all when n is smaller.

    Returns
    -------
    int64, shape (at most points + 2,), increasing

    Examples
    --------
    >>> thin(np.array([0.0, 1.0, 9.0, 1.0, 0.0, 1.0, -5.0, 1.0]), 4)
    array([0, 2, 6, 7])
    """
    n = len(values)
    if n <= points:
        return np.arange(n)
    buckets = max(1, points // 3)
    size = -(-n // buckets)
    first = np.arange(buckets) * size
    rows = np.full((buckets, size), values[-1])
    rows.reshape(-1)[:n] = values
    finite, kept = np.isfinite(rows), np.zeros(rows.size, dtype=np.bool_)
    kept[first + np.where(finite, rows, np.inf).argmin(axis=1)] = True
    kept[first + np.where(finite, rows, -np.inf).argmax(axis=1)] = True
    if not finite.all():
        kept[(first + finite.argmin(axis=1))[~finite.all(axis=1)]] = True
    kept[0] = kept[n - 1] = True
    return kept[:n].nonzero()[0]
