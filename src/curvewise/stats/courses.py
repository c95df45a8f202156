"""Courses: whether a few noisy losses fell or came to rise, by comparing them with a library of curves."""

from __future__ import annotations

import math
from functools import cache

import msgspec
import numpy as np

from curvewise.model.series import FloatArray

MOST = 20
"""Values up to which the library is compared; with more, the curve itself shows noise and trend."""
_LEAST = 3
"""Values that are compared at least."""
_COURSES = 600
"""Courses of each kind."""
_NOISE = np.array([0.005, 0.009, 0.015, 0.024, 0.037, 0.055, 0.085])
"""Relative noise of one value, summed over."""
_FALLING_NOISE = (0.03, 1.0)
_RISING_NOISE = (0.015, 0.6)
"""Median and spread (of the logarithm) of the noise under each kind. A rise has to stand out from a falling
course with more noise than usual: evaluations of small sets scatter by 3 to 5 %."""
_FALL, _RATE = (0.05, 0.8), (2.0, 12.0)
"""Height of the first value over the floor, and the rate of the fall per run."""
_STEEP = 0.4
"""A first value that is by this logarithm above all later ones is left out: it tells of the start alone."""
_ONSET, _RISE, _POWER = (0.2, 0.6), (0.05, 0.4), (1.0, 1.5)
"""Where a rise usually sets in, as a share of the run; its height over the floor; its bend."""
_WIDE = 0.2
"""Share of the rising courses that are drawn from far wider ranges: late jumps and large rises."""
_T95 = 1.645


class Comparison(msgspec.Struct, frozen=True):
    """What the library says of a few losses.

    Parameters
    ----------
    log_odds
        Natural logarithm of how many times better the rising courses explain the values.
    low, high
        90 % interval of the end of the course over its lowest point: from the spread of the courses that
        explain the values, and the noise of two values.
    """

    log_odds: float
    low: float
    high: float


def compare_courses(values: FloatArray) -> Comparison:
    """Compare logarithms of losses with falling courses and with courses that fall and then rise.

    Parameters
    ----------
    values
        Natural logarithms of the losses, finite, equally spaced over the run, shape (n,), n from 2.

    Returns
    -------
    Comparison

    Notes
    -----
    A Bayes factor (R. E. Kass and A. E. Raftery, "Bayes factors", 1995): the likelihood under normal
    noise, averaged over 600 courses of each kind and over the noise levels. The level is free. The
    parameters of the courses are spread by a Halton sequence (J. H. Halton, 1960), so nothing is random.

    Examples
    --------
    >>> compare_courses(np.log([1.2, 1.0, 1.1, 1.25, 1.4])).log_odds > 3
    True
    >>> compare_courses(np.log([1.2, 1.05, 1.0, 1.01, 0.99])).log_odds < 0
    True
    """
    while len(values) > _LEAST and values[0] > values[1:].max() + _STEEP:
        values = values[1:]
    n = len(values)
    courses, squares, rises = _library(n)
    centred = values - values.mean()
    distance = float(centred @ centred) - 2 * (courses @ centred) + squares  # (2, courses)
    exponents = np.multiply.outer(-0.5 / _NOISE**2, distance)  # (noise, 2, courses)
    shift = -np.log(_NOISE) * (n - 1)
    exponents += shift[:, None, None] + _log_weights()[:, :, None]
    peak = float(exponents.max())
    weights = np.exp(np.maximum(exponents - peak, -700.0))
    falling, rising = weights.sum(axis=0).mean(axis=1)
    share = weights / weights.sum()
    middle = float((share.sum(axis=0) * rises).sum())
    spread = float((share.sum(axis=0) * (rises - middle) ** 2).sum())
    noise = float(share.sum(axis=(1, 2)) @ _NOISE**2)
    half = _T95 * math.sqrt(spread + 2 * noise)
    low, high = math.exp(max(middle - half, 0.0)), math.exp(middle + half)
    return Comparison(math.log(rising / falling), low, high)


@cache
def _log_weights() -> FloatArray:
    """Logarithm of the weight of each noise level under both kinds, shape (noise, 2)."""
    columns = []
    for median, spread in (_FALLING_NOISE, _RISING_NOISE):
        density = np.exp(-0.5 * (np.log(_NOISE / median) / spread) ** 2)
        columns.append(np.log(density / density.sum()))
    return np.stack(columns, axis=1)


@cache
def _library(n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Centred logarithms of the courses, shape (2, courses, n), their squares and end less lowest."""
    x = np.arange(1, n + 1) / n
    u = [_halton(base)[:, None] for base in (2, 3, 5, 7, 11)]
    number = np.arange(_COURSES)[:, None]
    rate = _between(_RATE, u[1])
    height = np.where(number % 8 == 0, 0.0, _between(_FALL, u[0]))
    since = x - x[0]
    falling = 1 + height * np.where(number % 3 == 0, 1 / (1 + rate * since), np.exp(-rate * since))
    wide = number < _WIDE * _COURSES
    onset = np.where(wide, 0.95 * u[2], _ONSET[0] + (_ONSET[1] - _ONSET[0]) * u[2])
    power = np.where(wide, 0.5 + 2 * u[4], _POWER[0] + (_POWER[1] - _POWER[0]) * u[4])
    rise = np.where(wide, _between((0.04, 3.0), u[3]), _between(_RISE, u[3]))
    courses = np.log(np.stack([falling, falling + rise * np.clip((x - onset) / (1 - onset), 0, 1) ** power]))
    rises = courses[:, :, -1] - courses.min(axis=2)
    courses -= courses.mean(axis=2, keepdims=True)
    return courses, (courses**2).sum(axis=2), rises


def _between(ends: tuple[float, float], share: FloatArray) -> FloatArray:
    """Points between two ends, evenly spread on a logarithmic scale."""
    return np.asarray(ends[0] * (ends[1] / ends[0]) ** share, dtype=np.float64)


def _halton(base: int) -> FloatArray:
    """Return the first points of the van der Corput sequence of a base, each in (0, 1)."""
    rest = np.arange(1, _COURSES + 1)
    points, scale = np.zeros(_COURSES), 1.0
    while rest.any():
        scale /= base
        points += scale * (rest % base)
        rest //= base
    return points
