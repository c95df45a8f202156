"""Trend: slopes and rises by rank and median, which one wild value cannot make."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from curvewise.model.series import FloatArray
from curvewise.stats.smoothing import median

MOST = 100
"""Values beyond this number are averaged into as many blocks: comparing pairs costs O(n^2)."""
SHORTEST_RISE = 4
"""Fewest values in which ranks can show a rise at all: four in order come by chance once in 24."""
_COUNTS = (4, 6, 8, 10, 12, 16, 24, 32, 48, 64, 100)
_CRITICAL = (2.03, 2.07, 2.44, 2.45, 2.47, 2.57, 2.72, 2.79, 2.92, 3.0, 3.08)


def late_rise(values: FloatArray, shortest: int = SHORTEST_RISE) -> tuple[int, float]:
    """Find the strongest upward trend among all stretches that end at the last value.

    Parameters
    ----------
    values
        Finite, in order, shape (n,).
    shortest
        Fewest values of a stretch; `critical_score` is for 4.

    Returns
    -------
    start : int
        Index at which the stretch begins.
    score : float
        Mann-Kendall score of the stretch: the excess of pairs in rising order, in standard
        deviations of what exchangeable values give. Compare it with `critical_score(n)`;
        -inf below `shortest` values.

    Notes
    -----
    H. B. Mann, "Nonparametric tests against trend", 1945. Ranks alone decide, so neither the size nor
    the distribution of the noise has to be known.

    Examples
    --------
    >>> start, score = late_rise(np.array([3.0, 2.0, 1.0, 1.1, 1.3, 1.5, 1.9]))
    >>> start, round(score, 2)
    (2, 2.45)
    """
    shorter = blocks(values, MOST)
    n = len(shorter)
    if n < shortest:
        return 0, float("-inf")
    signs = np.sign(shorter[None, :] - shorter[:, None])
    excess = np.cumsum(np.triu(signs).sum(axis=1)[::-1])[::-1]
    length = n - np.arange(n)
    spread = np.sqrt(np.maximum(length * (length - 1) * (2 * length + 5) / 18, 1.0))
    scores = (excess / spread)[: n - shortest + 1]
    best = int(scores.argmax())
    return best * len(values) // n, float(scores[best])


@lru_cache(maxsize=1024)
def critical_score(n: int) -> float:
    """Score of `late_rise` that n exchangeable values reach with a chance of 2 % (4 % for 4 or 5).

    From a simulation of 40,000 series of each length; the search over all stretches is allowed for.

    Examples
    --------
    >>> critical_score(16)
    2.57
    """
    return float(np.interp(n, _COUNTS, _CRITICAL))


def relative_change(values: FloatArray) -> float:
    """Change from the first to the last value along the Theil-Sen line, over the line's start.

    Parameters
    ----------
    values
        Finite, about equally spaced, shape (n,), n from 2.

    Returns
    -------
    float
        NaN when the line starts at zero.

    Notes
    -----
    P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968: the median of
    the slopes of all pairs, of which 29 % may be wild.

    Examples
    --------
    >>> round(relative_change(np.array([2.0, 1.9, 9.0, 1.7, 1.6])), 3)
    -0.2
    """
    shorter = blocks(values, MOST)
    n = len(shorter)
    first, second, apart = _pairs(n)
    slope = median((shorter[second] - shorter[first]) / apart)
    start = median(shorter - slope * np.arange(n))
    return slope * (n - 1) / abs(start) if start else float("nan")


@cache
def _pairs(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    first, second = np.triu_indices(n, 1)
    return first, second, second - first


def blocks(values: FloatArray, most: int) -> FloatArray:
    """Means over equal blocks, so that at most `most` values are left; a short rest at the start is dropped.

    Examples
    --------
    >>> blocks(np.array([9.0, 1.0, 3.0, 2.0, 4.0]), 3)
    array([2., 3.])
    """
    n = len(values)
    if n <= most:
        return values
    size = -(-n // most)
    return np.asarray(values[n % size :].reshape(-1, size).mean(axis=1), dtype=np.float64)
