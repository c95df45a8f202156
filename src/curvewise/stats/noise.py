"""Noise: how far values scatter about a smooth course, without fitting the course."""

from __future__ import annotations

import math

import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.smoothing import median

MIN_POINTS = 6
"""Fewest values whose scatter can be told from their course: four second differences."""
ROBUST_FROM = 32
"""Values from which the median of the differences is used: of fewer it is too rough an estimate."""


def noise_level(values: FloatArray) -> float | None:
    """Return the standard deviation of independent noise on a smooth course.

    It comes from second differences, which take off any straight line, so a trend does not count as
    noise. From 32 values on the median of their sizes is used, so that a few outliers do not count either.

    Parameters
    ----------
    values
        Finite, in order, about equally spaced, shape (n,).

    Returns
    -------
    float or None
        In the unit of the values; None below 6 values.

    Notes
    -----
    J. Rice, "Bandwidth choice for nonparametric regression", 1984; T. Gasser, L. Sroka and C. Jennen-
    Steinmetz, "Residual variance and residual pattern in nonlinear regression", 1986. Noise that is
    correlated from value to value is underestimated.

    Examples
    --------
    >>> noise_level(np.arange(10.0))
    0.0
    >>> noise_level(np.array([1.0, 2.0]))
    """
    if len(values) < MIN_POINTS:
        return None
    if len(values) < ROBUST_FROM:
        steps = values[1:] - values[:-1]
        bends = steps[1:] - steps[:-1]  # variance 1 + 4 + 1 = 6 times that of the noise
        return math.sqrt((bends**2).sum() / len(bends) / 6)
    return scatter(values)


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
    if len(values) < MIN_POINTS:
        return None
    return 1.4826 * median(np.abs(_off_neighbours(values))) / math.sqrt(1.5)


def clipped_scatter(values: FloatArray) -> float | None:
    """Return `scatter`, or more where most values are equal and some are not, as those of a sparse reward.

    The mean square of the distances to the neighbours, each cut to three times the typical one.

    Examples
    --------
    >>> sparse = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    >>> scatter(sparse), round(clipped_scatter(sparse), 2)
    (0.0, 0.19)
    """
    if len(values) < MIN_POINTS:
        return None
    return float(max(scatter(values) or 0.0, (clipped_square(_off_neighbours(values), 3.0) / 1.5) ** 0.5))


def _off_neighbours(values: FloatArray) -> FloatArray:
    """Return the distance of each value to the mean of its two neighbours, shape (n - 2,)."""
    return np.asarray(values[1:-1] - (values[:-2] + values[2:]) / 2)


def clipped_square(values: FloatArray, most: float = 4.0) -> float:
    """Return the mean square, each size cut to `most` times the typical one; uncut where that is zero."""
    sizes = np.abs(values)
    typical = 1.4826 * median(sizes)
    squares = np.minimum(sizes, most * typical if typical > 0 else np.inf) ** 2
    return float(squares.sum()) / len(squares)


def bend_free_scatter(values: FloatArray) -> float | None:
    """Return the lesser of the scatter about locally straight and about locally curved courses.

    Third differences, whose variance is 20 times that of one value, take off any parabola, so that the
    bend of a curve that is precise does not count as noise; their median takes off a jump as well.

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
    >>> bend_free_scatter(np.arange(10.0) ** 2)
    0.0
    """
    straight = scatter(values)
    if straight is None:
        return None
    return min(straight, 1.4826 * median(np.abs(np.diff(values, 3))) / math.sqrt(20))
