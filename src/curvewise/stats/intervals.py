"""Intervals for a mean and for the difference of two means, from the scatter of the values."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.figures import figure

LEVEL = 0.9
"""Coverage of every interval here, when values scatter independently and about normally."""

_T95 = (
    6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812,
    1.796, 1.782, 1.771, 1.761, 1.753, 1.746, 1.740, 1.734, 1.729, 1.725,
    1.721, 1.717, 1.714, 1.711, 1.708, 1.706, 1.703, 1.701, 1.699, 1.697,
)  # fmt: skip


class Estimate(msgspec.Struct, frozen=True):
    """A number with a 90 % interval.

    Parameters
    ----------
    value
        The estimate.
    low, high
        Ends of the interval; minus and plus infinity when too few values tell the scatter.
    """

    value: float
    low: float
    high: float

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends, or None when no interval can be stated."""
        return (self.low, self.high) if np.isfinite([self.low, self.high]).all() else None

    def words(self, digits: int = 3) -> str:
        """Return ``0.081 (90 % interval 0.055 to 0.107)``, or the bare number without an interval.

        Examples
        --------
        >>> Estimate(0.2, 0.1, 0.3).words(2)
        '0.20 (90 % interval 0.10 to 0.30)'
        """
        text = figure(self.value, digits)
        if self.interval is None:
            return text
        return f"{text} (90 % interval {figure(self.low, digits)} to {figure(self.high, digits)})"


def t_quantile(freedom: int) -> float:
    """Return the 95 % point of Student's t, which bounds a two-sided 90 % interval.

    Tabulated to 30 degrees of freedom; beyond, the first term of its expansion about the normal
    quantile (Fisher 1925), right to 0.001. Infinite for less than one degree.

    Examples
    --------
    >>> t_quantile(2), round(t_quantile(60), 3)
    (2.92, 1.67)
    """
    if freedom < 1:
        return float("inf")
    return _T95[freedom - 1] if freedom <= len(_T95) else 1.6449 + 1.524 / freedom


def mean_estimate(values: FloatArray) -> Estimate:
    """Mean of the values with its interval.

    Parameters
    ----------
    values
        Finite, shape (n,), n of at least 1.

    Examples
    --------
    >>> mean_estimate(np.array([0.0, 0.1, 0.2])).words()
    '0.100 (90 % interval -0.069 to 0.269)'
    """
    mean = round(float(np.mean(values)), 12)  # the mean of equal values is that value
    if len(values) < 2:
        return Estimate(mean, -np.inf, np.inf)
    half = t_quantile(len(values) - 1) * float(np.std(values, ddof=1)) / len(values) ** 0.5
    return Estimate(mean, mean - half, mean + half)


def difference_estimate(early: FloatArray, late: FloatArray) -> Estimate:
    """Mean of `late` minus mean of `early`, with its interval.

    Welch's standard error with the degrees of freedom of the smaller sample, which makes the
    interval a little too wide rather than too narrow.

    Parameters
    ----------
    early, late
        Finite, shapes (n,) and (m,), each of at least 1.

    Examples
    --------
    >>> difference_estimate(np.array([0.1, 0.2, 0.3]), np.array([0.8, 0.9, 1.0])).words(2)
    '0.70 (90 % interval 0.46 to 0.94)'
    """
    change = float(np.mean(late) - np.mean(early))
    smaller = min(len(early), len(late))
    if smaller < 2:
        return Estimate(change, -np.inf, np.inf)
    squares = np.var(early, ddof=1) / len(early) + np.var(late, ddof=1) / len(late)
    half = t_quantile(smaller - 1) * float(squares) ** 0.5
    return Estimate(change, change - half, change + half)
