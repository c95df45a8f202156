"""Smoothing: running medians and means, exact and vectorised."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from curvewise.model.series import FloatArray
from curvewise.stats.medians import row_medians


def running_median(values: FloatArray, width: int) -> FloatArray:
    """Median over a centred window; at the ends the window keeps its width and stops at the end.

    A peak narrower than half of the window leaves no trace.

    Parameters
    ----------
    values
        Finite, shape (n,).
    width
        Points in the window, made odd and at most n.

    Returns
    -------
    float64, shape (n,)

    Examples
    --------
    >>> running_median(np.array([1.0, 9.0, 1.0, 2.0, 3.0]), 3)
    array([1., 1., 2., 2., 2.])
    """
    n = len(values)
    width = _odd(width, n)
    if width <= 1:
        return values.astype(np.float64)
    inner = row_medians(sliding_window_view(values, width))
    return np.asarray(np.pad(inner, width // 2, mode="edge"), dtype=np.float64)


def running_mean(values: FloatArray, width: int) -> FloatArray:
    """Mean over a centred window; at the ends the window keeps its width and stops at the end.

    Parameters
    ----------
    values
        Finite, shape (n,).
    width
        Points in the window, made odd and at most n.

    Examples
    --------
    >>> running_mean(np.array([1.0, 4.0, 1.0, 4.0]), 3)
    array([2., 2., 3., 3.])
    """
    n = len(values)
    width = _odd(width, n)
    if width <= 1:
        return values.astype(np.float64)
    return np.asarray(np.pad(trailing_mean(values, width)[width - 1 :], width // 2, mode="edge"), np.float64)


def trailing_mean(values: FloatArray, width: int) -> FloatArray:
    """Mean of each value and those before it, `width` in all; of fewer at the start.

    Parameters
    ----------
    values
        Finite, shape (n,).
    width
        Points in the window, from 1.

    Examples
    --------
    >>> trailing_mean(np.array([4.0, 2.0, 0.0]), 2)
    array([4., 3., 1.])
    """
    n = len(values)
    width = min(width, n)
    if width <= 1:
        return values.astype(np.float64)
    blocks = np.pad(values, (0, -n % width)).astype(np.float64).reshape(-1, width)
    total = np.cumsum(blocks, axis=1)
    # Sums of two parts, never differences of long sums, in which one wild value would drown all after it.
    total[1:, :-1] += np.cumsum(blocks[:-1, :0:-1], axis=1)[:, ::-1]
    return np.asarray(total.ravel()[:n] / np.minimum(np.arange(1, n + 1), width), dtype=np.float64)


def _odd(width: int, n: int) -> int:
    width = min(width, n)
    return width if width % 2 else width - 1
