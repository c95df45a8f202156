"""Rising: the probability that a loss ends above the lowest point of its course, and by how much."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import msgspec
import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.courses import MOST, Comparison, compare_courses
from curvewise.stats.intervals import memory_of_bends
from curvewise.stats.noise import scatter
from curvewise.stats.smoothing import median
from curvewise.stats.trend import blocks

FEW = 5
"""Fewest values whose scatter says something of their noise; of fewer, any bend would pass for noise."""
USUAL_NOISE = 0.04
"""Relative noise expected before any value is seen; it counts like `_WORTH` second differences."""
_WORTH = 2
_LAST = 3
"""Most values at the end whose mean is compared with the lowest mean of as many."""
_HIGHEST = 16.0
"""Excess beyond which more tells nothing new."""
_SHARE, _SHARE_OF_FEW = 0.3, 0.84
"""How much one unit of the excess adds to the log odds."""
_COUNTS, _CRITICAL = (2, 3, 4, 5, 8, 12, 16, 24, 40), (5.2, 5.58, 5.95, 3.3, 3.25, 3.45, 3.8, 3.35, 2.75)
"""Log odds that courses without a rise reach in about 5 % of cases, by the number of values: with a noise of
10 %, which few values cannot measure, and with one of 4 % that lasts from value to value."""
_TELLS = (16, 40)
"""Numbers of values that tell nothing yet, and all there is, of how long noise lasts."""
_END, _SECOND_LOOK = 6, 0.5
"""Fewest values at the end, two more being known, that are judged by themselves as well, and log odds that
this costs; of many values up to 1 more, since more ends could be taken for a rise."""
_AVERAGED = 20
"""Means to which more values than the library compares are averaged."""
_CEILING = 1.0
"""Logarithm above the lowest value to which values are cut: the library of courses ends there."""
_SLOPE = 0.8
"""What one unit of log odds is worth, so that stated confidences are about right."""
SURE = 0.8
"""Probability from which a rise is called one: that of the critical log odds."""


class Rising(msgspec.Struct, frozen=True):
    """How the end of a loss compares with the lowest point of its course.

    Parameters
    ----------
    probability
        That the course itself, noise taken off, ends above its lowest point by more than a few per cent.
    low, high
        90 % interval of the end of the course over its lowest point. It reaches as high as the values
        themselves do: steeper rises than the library of courses has are not thought away.
    noise
        Relative noise of one value; None when there are too few to measure it.
    """

    probability: float
    low: float
    high: float
    noise: float | None


def rising(values: FloatArray, other: float = 0.0) -> Rising:
    """Judge whether a loss rises at its end.

    The log odds are those of a library of courses (see `courses`), and a share of how far the last values
    lie above the lowest ones in units of the noise. They are compared with what falling courses reach by
    chance. From 8 values on the second half (the last 6 values at least, 24 at most) is judged by itself
    too, since no library holds whatever came before it, such as double descent. Many values tell how long
    their noise lasts: the longer, the less their distance counts. Of fewer than 5 values, whose noise cannot
    be measured, only the size of the rise speaks. More than 24 values are averaged to at most 20.

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
    n = len(logs)
    told, critical = _by_count(n)
    lasting = told * memory_of_bends(logs) if told else 0.0
    found, odds = _look(logs, lasting)
    if n >= _END + 2:
        odds = max(odds, _look(logs[-min(max(_END, n // 2), MOST) :], lasting)[1] - _SECOND_LOOK - told)
    beyond = _SLOPE * (odds - lasting + other - critical)
    chance = 1 / (1 + math.exp(-min(max(beyond + math.log(SURE / (1 - SURE)), -30.0), 30.0)))
    means = _averaged(logs)
    seen = math.exp(min(float(means[-1] - means.min()), 700.0))  # the library ends early
    return Rising(chance, found.low, max(found.high, seen), scatter(logs))


@lru_cache(maxsize=1024)
def _by_count(n: int) -> tuple[float, float]:
    """Return how much n values tell of how long noise lasts, and the critical log odds."""
    return float(np.interp(n, _TELLS, (0, 1))), float(np.interp(n, _COUNTS, _CRITICAL))


def _look(logs: FloatArray, lasting: float) -> tuple[Comparison, float]:
    """Return what the library says, and the log odds of a rise."""
    means = _averaged(logs)
    few = np.minimum(means, means.min() + _CEILING)
    found, above = compare_courses(few), excess(few)
    if len(few) < FEW:
        return found, _SHARE_OF_FEW * above
    return found, found.log_odds + _SHARE * (1 - lasting / 2) * min(above, _HIGHEST)


def _averaged(logs: FloatArray) -> FloatArray:
    return logs if len(logs) <= MOST else blocks(logs, _AVERAGED)


def excess(logs: FloatArray) -> float:
    """Return how far the last values lie above the lowest ones, in standard errors of their mean.

    The largest over the last one to three values. The noise is the median of the second differences, so that
    neither one jump nor a steep fall counts as noise, drawn towards the usual one.

    Examples
    --------
    >>> round(excess(np.array([0.0, -0.1, 0.1])), 1)
    5.0
    """
    n = len(logs)
    sums = [0.0, *itertools.accumulate(logs.tolist())]
    rises: list[float] = []
    for width in range(1, max(1, min(_LAST, n // 2)) + 1):
        means = [(end - start) / width for start, end in zip(sums, sums[width:], strict=False)]
        rises.append((means[-1] - min(means)) * math.sqrt(width))
    return max(rises) / _noise(logs)


def _noise(logs: FloatArray) -> float:
    count = len(logs) - 2
    if len(logs) < FEW:
        return USUAL_NOISE
    sizes = np.abs(np.diff(logs, 2)) / math.sqrt(6)
    square = (1.4826 * median(sizes)) ** 2 if count >= 4 else float(np.mean(sizes**2))
    return math.sqrt((_WORTH * USUAL_NOISE**2 + count * square) / (_WORTH + count))


def logarithms(values: FloatArray) -> FloatArray:
    """Return logarithms of losses; a loss of 0 counts as a ten-thousandth of the smallest other one."""
    positive = values[values > 0]
    floor = float(positive.min()) * 1e-4 if len(positive) else 1.0
    return np.asarray(np.log(np.maximum(values, max(floor, 1e-300))), dtype=np.float64)
