"""Rising: the probability that a loss ends above the lowest point of its course, and by how much."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.courses import MOST, SMALLEST, compare_courses
from curvewise.stats.noise import scatter
from curvewise.stats.smoothing import running_median
from curvewise.stats.trend import blocks

FEW = 5
"""Fewest values whose scatter says something of their noise; of fewer, any bend would pass for noise."""
_OF_FEW = 12.9
"""Log odds that a unit of the rise of fewer values is worth."""
_COUNTS, _CRITICAL = (2, 3, 4, 5, 8, 12, 16, 24, 40), (3.2, 3.43, 3.66, 1.95, 1.4, 1.4, 1.55, 1.35, 1.25)
"""Log odds that courses without a rise reach in about 5 % of cases, by the number of values: with a noise of
10 %, which few values cannot measure, and with one of 4 % that lasts from value to value."""
_END, _SECOND_LOOK = 6, 1.0
"""Fewest values at the end, two more being known, that are judged by themselves as well, and log odds that
this costs."""
_AROUND, _APART = 5, 3.0
"""Values about each one whose median it is compared with, and how many times their scatter it may be off."""
_CEILING = 1.0
"""Logarithm above the lowest value to which values are cut: the library of courses ends there. What the last
value is cut by belongs to the rise again."""
_SLOPE = 1.3
"""What one unit of log odds is worth, so that stated confidences are about right."""
SURE = 0.8
"""Probability from which a rise is called one: that of the critical log odds."""


class Rising(msgspec.Struct, frozen=True):
    """How the end of a loss compares with the lowest point of its course.

    Parameters
    ----------
    probability
        That the course itself, noise taken off, ends above its lowest point by more than a few per cent.
    ratio
        End of the course, noise taken off, over its lowest point; 1 without a rise.
    low, high
        90 % interval of `ratio`, which holds as well that a lowest value that stands out is no outlier.
    noise
        Relative noise of one value; None when there are too few to measure it.
    """

    probability: float
    ratio: float
    low: float
    high: float
    noise: float | None


def rising(values: FloatArray, other: float = 0.0) -> Rising:
    """Judge whether a loss rises at its end.

    The log odds are those of a library of courses (see `courses`), compared with what falling courses reach
    by chance. From 8 values on the second half (the last 6 values at least) is judged by itself too, since no
    library holds whatever came before it, such as double descent. Of fewer than 5 values, whose noise cannot
    be measured, only the size of the rise speaks. More than 40 values are averaged to at most as many.

    Parameters
    ----------
    values
        Losses, finite, 0 or more, about equally spaced, shape (n,), n from 2.
    other
        Log odds of a rise from other evidence.

    Examples
    --------
    >>> round(rising(np.array([1.2, 1.0, 1.1, 1.25, 1.4])).probability, 1)
    1.0
    >>> rising(np.array([1.2, 1.1, 1.0, 1.01, 1.0])).probability < 0.3
    True
    """
    logs = logarithms(values)
    means = blocks(logs, MOST)
    n = len(means)
    few = without_outliers(np.minimum(means, means.min() + _CEILING))
    found = compare_courses(few)
    odds = found.log_odds if n >= FEW else _OF_FEW * _rise(few)
    end = few[-max(_END, n // 2) :]
    if n >= _END + 2 and end[-1] > end.min() + SMALLEST:
        odds = max(odds, compare_courses(end).log_odds - _SECOND_LOOK)
    beyond = _SLOPE * (odds + other - float(np.interp(n, _COUNTS, _CRITICAL)))
    chance = 1 / (1 + math.exp(-min(max(beyond + math.log(SURE / (1 - SURE)), -30.0), 30.0)))
    cut = math.exp(min(float(means[-1] - few[-1]), 600.0))
    drawn = math.exp(float(few.min() - means.min()))
    return Rising(chance, cut * found.ratio, cut * found.low, cut * drawn * found.high, scatter(logs))


def _rise(few: FloatArray) -> float:
    """Return the rise of the last value, or of the last two times the root of two, over the lowest."""
    pairs = (few[1:] + few[:-1]) / 2
    of_two = float(pairs[-1] - pairs.min()) * math.sqrt(2) if len(few) >= 4 else 0.0
    return max(float(few[-1] - few.min()), of_two)


def without_outliers(logs: FloatArray) -> FloatArray:
    """Draw values that stand out towards their neighbours, but for the last two: a rise may begin there.

    Examples
    --------
    >>> without_outliers(np.array([1.0, 1.1, 1.0, 7.0, 1.0, 1.1, 1.0, 1.0, 1.1])).round(2)
    array([1.  , 1.1 , 1.  , 1.46, 1.  , 1.1 , 1.  , 1.  , 1.1 ])
    """
    noise = scatter(logs)
    if noise is None:
        return logs
    middle = running_median(logs, _AROUND)
    drawn = np.clip(logs, middle - _APART * noise, middle + _APART * noise)
    drawn[[0, -2, -1]] = logs[[0, -2, -1]]
    return drawn


def logarithms(values: FloatArray) -> FloatArray:
    """Return logarithms of losses; a loss of 0 counts as a ten-thousandth of the smallest other one."""
    positive = values[values > 0]
    floor = float(positive.min()) * 1e-4 if len(positive) else 1.0
    return np.asarray(np.log(np.maximum(values, max(floor, 1e-300))), dtype=np.float64)
