"""Rising: the probability that a loss ends above the lowest point of its course, and by how much."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.courses import MOST, compare_courses
from curvewise.stats.noise import noise_level
from curvewise.stats.trend import critical_score, late_rise

SHORTEST = 3
"""Fewest values whose order counts beside the library of courses."""
LEAST_NOISE = 0.002
"""Relative noise below which a measured one is not believed: a few values can lie on a line by chance."""
MOST_NOISE = 0.1
"""Relative noise up to which the library of courses is meant; noisier values are judged by rank and noise."""
SMALLEST = 0.032
"""Relative rise that the model for many values is centred on: where a rise begins to cost quality."""
_FEW = (-1.024, 0.652)
_MANY = (-1.507, 1.438, 0.921, 1.071)
"""Weights of the two logistic models, intercept first. Fitted by ``scripts/calibration/overfitting.py``."""


class Rising(msgspec.Struct, frozen=True):
    """How the end of a loss compares with the lowest point of its course.

    Parameters
    ----------
    probability
        That the course itself, noise taken off, ends above its lowest point by more than a few per cent.
    low, high
        90 % interval of the end of the course over its lowest point.
    noise
        Relative noise of one value; None when there are too few to measure it.
    """

    probability: float
    low: float
    high: float
    noise: float | None


def rising(values: FloatArray) -> Rising:
    """Judge whether a loss rises at its end.

    Of 2 to 20 values the odds come from a library of courses (see `courses`) and from the rank trend
    of the last stretch (see `trend.late_rise`); of more values, and of those that scatter by more than
    a tenth, from the rank trend, from the last over the lowest value in units of the noise, and from
    its size.

    Parameters
    ----------
    values
        Losses, finite, 0 or more, about equally spaced, shape (n,), n from 2.

    Examples
    --------
    >>> round(rising(np.array([1.2, 1.0, 1.1, 1.25, 1.4])).probability, 1)
    1.0
    >>> rising(np.array([1.2, 1.1, 1.0, 1.01, 1.0])).probability < 0.3
    True
    """
    n = len(values)
    logs = _logarithms(values)
    noise = noise_level(logs)
    if n <= MOST and (noise is None or noise <= MOST_NOISE):
        comparison = compare_courses(logs)
        trend = late_rise(logs, SHORTEST)[1] if n > SHORTEST else 0.0
        score = min(max(comparison.log_odds + trend, -8.0), 12.0)
        return Rising(_logistic(_FEW, score), comparison.low, comparison.high, noise)
    believed = max(noise or 0.0, LEAST_NOISE)
    rise = float(logs[-1] - logs.min())
    trend = late_rise(logs)[1] - critical_score(n)
    features = (
        min(max(trend, -3.0), 4.0),
        float(np.log(max(rise / believed, 0.3))),
        float(np.log(min(max(rise / SMALLEST, 0.05), 7.4))),
    )
    low, high = _interval(logs, believed)
    return Rising(_logistic(_MANY, *features), low, high, noise)


def _logarithms(values: FloatArray) -> FloatArray:
    """Logarithms; a loss of 0 counts as a ten-thousandth of the smallest other one."""
    positive = values[values > 0]
    floor = float(positive.min()) * 1e-4 if len(positive) else 1.0
    return np.asarray(np.log(np.maximum(values, max(floor, 1e-300))), dtype=np.float64)


def _interval(logs: FloatArray, noise: float) -> tuple[float, float]:
    """Interval of the smoothed end over the smoothed lowest point, which is one as an end of its own."""
    width = max(2, len(logs) // 16)
    sums = np.cumsum(logs)
    means = np.concatenate([sums[width - 1 : width], sums[width:] - sums[:-width]]) / width
    level = float(means[-1] - means.min())
    error = 1.645 * noise * float(np.sqrt(2 / width))
    return float(np.exp(max(level - error, 0.0))), float(np.exp(min(level + error, 700.0)))


def _logistic(weights: tuple[float, ...], *features: float) -> float:
    score = weights[0] + sum(weight * feature for weight, feature in zip(weights[1:], features, strict=True))
    return float(1 / (1 + np.exp(-score)))
