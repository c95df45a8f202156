"""Rising: the probability that a loss ends above the lowest point of its course, and by how much."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.courses import MOST, Comparison, compare_courses
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
FEW_WEIGHTS: tuple[float, ...] = (-1.03, 0.681)
MANY_WEIGHTS: tuple[float, ...] = (-1.527, 1.341, 0.689, 1.376)
"""Weights of the two logistic models, intercept first. Fitted by ``scripts/calibration/overfitting.py``."""


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
    logs = logarithms(values)
    noise = noise_level(logs)
    if is_few(logs, noise):
        comparison = compare_courses(logs)
        chance = _logistic(FEW_WEIGHTS, few_features(logs, comparison))
        seen = math.exp(min(float(logs[-1] - logs.min()), 700.0))
        return Rising(chance, comparison.low, max(comparison.high, seen), noise)  # the library ends early
    believed = max(noise or 0.0, LEAST_NOISE)
    low, high = _interval(logs, believed)
    return Rising(_logistic(MANY_WEIGHTS, many_features(logs, believed)), low, high, noise)


def is_few(logs: FloatArray, noise: float | None) -> bool:
    """Whether a loss, as logarithms, is one to compare with the library of courses."""
    return len(logs) <= MOST and (noise is None or noise <= MOST_NOISE)


def few_features(logs: FloatArray, comparison: Comparison) -> tuple[float, ...]:
    """Return the one feature of a few values: log odds of the library and rank trend, added."""
    trend = late_rise(logs, SHORTEST)[1] if len(logs) > SHORTEST else 0.0
    return (min(max(comparison.log_odds + trend, -8.0), 12.0),)


def many_features(logs: FloatArray, noise: float) -> tuple[float, ...]:
    """Return the features of many values.

    The excess of the rank trend over what chance makes, and the logarithms of last over lowest value
    in units of the noise and of the smallest rise of interest.
    """
    rise = float(logs[-1] - logs.min())
    trend = late_rise(logs)[1] - critical_score(len(logs))
    return (
        min(max(trend, -3.0), 4.0),
        math.log(max(rise / noise, 0.3)),
        math.log(min(max(rise / SMALLEST, 0.05), 7.4)),
    )


def logarithms(values: FloatArray) -> FloatArray:
    """Return logarithms of losses; a loss of 0 counts as a ten-thousandth of the smallest other one."""
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


def _logistic(weights: tuple[float, ...], features: tuple[float, ...]) -> float:
    score = weights[0] + sum(weight * feature for weight, feature in zip(weights[1:], features, strict=True))
    return 1 / (1 + math.exp(-score))
