"""Smoothing: medians, running medians and means, exact and vectorised."""

from __future__ import annotations

import numpy as np

from curvewise.model.series import FloatArray, IntArray


def stretches(values: FloatArray, width: int) -> FloatArray:
    """Return a view of every stretch of `width` values, shape (n - width + 1, width).

    `numpy.lib.stride_tricks.sliding_window_view` gives the same in ten times the time.

    Examples
    --------
    >>> stretches(np.array([1.0, 2.0, 3.0]), 2).tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    whole = np.ascontiguousarray(values, dtype=np.float64)
    return np.ndarray((len(whole) - width + 1, width), np.float64, whole, strides=2 * whole.strides)


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
    inner = row_medians(stretches(values, width))
    return _with_ends(inner, width // 2)


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
    return _with_ends(trailing_mean(values, width)[width - 1 :], width // 2)


def _with_ends(values: FloatArray, more: int) -> FloatArray:
    """Repeat the first and the last value; `numpy.pad` does the same in five times the time."""
    return np.concatenate([np.full(more, values[0]), values, np.full(more, values[-1])])


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
    padded = np.zeros(n + -n % width)
    padded[:n] = values
    blocks = padded.reshape(-1, width)
    total = blocks.cumsum(axis=1)
    # Sums of two parts, never differences of long sums, in which one wild value would drown all after it.
    total[1:, :-1] += np.cumsum(blocks[:-1, :0:-1], axis=1)[:, ::-1]
    return np.asarray(total.ravel()[:n] / np.minimum(np.arange(1, n + 1), width), dtype=np.float64)


def _odd(width: int, n: int) -> int:
    width = min(width, n)
    return width if width % 2 else width - 1


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
    start = np.clip(step.searchsorted(at) - width // 2, 0, n - width)
    means = value[start[:, None] + np.arange(width)].mean(axis=1)
    return np.where((at >= step[0]) & (at <= step[-1]), means, np.nan)


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
    half, parts = n // 2, values.copy()
    parts.partition((half - 1, half))
    return float(parts[half] if n % 2 else parts[half - 1] / 2 + parts[half] / 2)


def quantile(values: FloatArray, share: float) -> float:
    """Return a quantile of finite values, at least one; `numpy.quantile` imports `numpy.ma` as well.

    Examples
    --------
    >>> quantile(np.array([3.0, 1.0, 2.0]), 0.75)
    2.5
    """
    return float(np.interp(share * (len(values) - 1), np.arange(len(values)), np.sort(values)))


_AT_ONCE = 1 << 20
"""Values that are sorted at a time."""


def row_medians(rows: FloatArray) -> FloatArray:
    """Return the median of each row, shape (m,) for (m, n) with n of at least 1, without NaN.

    Examples
    --------
    >>> row_medians(np.array([[3.0, 1.0, 2.0], [0.0, 9.0, 0.0]]))
    array([2., 0.])
    """
    at_once = max(1, _AT_ONCE // rows.shape[1])
    if len(rows) > at_once:  # the rows may be windows of one long series, which take memory only here
        pieces = [row_medians(rows[start : start + at_once]) for start in range(0, len(rows), at_once)]
        return np.concatenate(pieces)
    half = rows.shape[1] // 2
    parts = np.partition(rows, half, axis=1)  # about two places it takes three times as long
    return parts[:, half] if rows.shape[1] % 2 else parts[:, :half].max(axis=1) / 2 + parts[:, half] / 2
