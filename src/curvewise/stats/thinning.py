"""Thinning: fewer points to draw, with every peak kept."""

from __future__ import annotations

import numpy as np

from curvewise.model.series import FloatArray, IntArray, distinct


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
    start = np.arange(buckets) * size
    finite = np.isfinite(values)
    low, high = np.full(size * buckets, np.inf), np.full(size * buckets, -np.inf)
    low[:n], high[:n] = np.where(finite, values, np.inf), np.where(finite, values, -np.inf)
    picked = [low.reshape(buckets, size).argmin(1) + start, high.reshape(buckets, size).argmax(1) + start]
    if not finite.all():
        broken = np.zeros(size * buckets, dtype=np.bool_)
        broken[:n] = ~finite
        holes = broken.reshape(buckets, size)
        picked.append((holes.argmax(1) + start)[holes.any(1)])
    kept = distinct(np.concatenate([*picked, [0, n - 1]]))
    return kept[kept < n]
