"""Courses: whether a few noisy losses fell or came to rise, by comparing them with a library of curves."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.smoothing import row_medians

MOST = 24
"""Values up to which the library is compared: its courses are too few to follow the bends that more show.

What is kept for each number of values comes to 40 MB when all have been seen."""
_LEAST = 3
"""Values that are compared at least."""
_COURSES = 2000
"""Courses of each kind."""
_LEVELS = np.array([0.003, 0.006, 0.011, 0.02, 0.035, 0.06, 0.1])
"""Relative noise of one value, summed over."""
_FALL, _RATE, _LATE = (0.05, 1.2), (2.0, 12.0), (1.0, 4.0)
"""Height of the first value over the floor, rate of the fall per run, power of the time for a late fall."""
_SMALLEST = 0.03
"""Rise up to which a course does not count as rising, though it has begun to."""
_STEEP = 0.4
"""A first value that is by this logarithm above all later ones is left out: it tells of the start alone."""
_T95 = 1.645


class _Noise(NamedTuple):
    """One kind of noise: how probable it is under falling and under rising courses, and how large.

    ``lasting`` is the share of its variance that fades by a fifth from value to value; `heavy` noise follows
    Student's t with 2 degrees of freedom. `median` and `spread` (of the logarithm) are of its level.
    """

    falling: float
    rising: float
    lasting: float = 0.0
    heavy: bool = False
    median: float = 0.03
    spread: float = 1.0


_FADES = 0.8
_KINDS = (
    _Noise(0.3, 0.48),
    _Noise(0.2, 0.32, heavy=True),
    _Noise(0.3, 0.07, lasting=1.0, median=0.025, spread=0.5),
    _Noise(0.2, 0.13, lasting=0.6, median=0.025, spread=0.5),
)
"""Noise that lasts is more probable under falling courses: what it passes for is a rise."""


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
    """Compare logarithms of losses with falling courses and with courses that come to rise.

    Parameters
    ----------
    values
        Natural logarithms of the losses, finite, equally spaced over the run, shape (n,), n from 2.

    Returns
    -------
    Comparison

    Notes
    -----
    A Bayes factor (R. E. Kass and A. E. Raftery, "Bayes factors", 1995): the likelihood, averaged over
    2,000 courses of each kind and over the noise: independent, with heavy tails, or lasting from value to
    value, each of many levels. The level of the loss is free. The parameters of the courses are spread by
    a Halton sequence (J. H. Halton, 1960), so nothing is random.

    Examples
    --------
    >>> compare_courses(np.log([1.2, 1.0, 1.1, 1.25, 1.4])).log_odds > 3
    True
    >>> compare_courses(np.log([1.2, 1.05, 1.0, 1.01, 0.99])).log_odds < 0
    True
    """
    while len(values) > _LEAST and values[0] > values[1:].max() + _STEEP:
        values = values[1:]
    courses, rises = _library(len(values))
    # By kind of noise, level, falling or rising, and course; changed in place, as copies cost more than sums.
    weights = np.empty((len(_KINDS), len(_LEVELS), *rises.shape))
    for kind, log_likelihood in zip(_KINDS, weights, strict=True):
        _log_likelihood(values, kind, courses, log_likelihood)
    weights += _log_priors()[:, :, :, None]
    weights[:, :, 1, rises[1] <= _SMALLEST] = -np.inf
    weights -= weights.max()
    np.exp(np.maximum(weights, -700.0, out=weights), out=weights)
    falling, rising = weights.sum(axis=(0, 1)).mean(axis=1) + 1e-300
    weights /= weights.sum()
    by_course = weights.sum(axis=(0, 1))
    middle = float((by_course * rises).sum())
    spread = float((by_course * (rises - middle) ** 2).sum())
    noise = float(weights.sum(axis=(0, 2, 3)) @ _LEVELS**2)
    half = _T95 * math.sqrt(spread + 2 * noise)
    low, high = math.exp(max(middle - half, 0.0)), math.exp(middle + half)
    return Comparison(math.log(rising / falling), low, high)


def _log_likelihood(values: FloatArray, kind: _Noise, courses: FloatArray, out: FloatArray) -> None:
    """Write the log likelihood of each course at each level of noise, shape (levels, 2, courses)."""
    n = len(values)
    scale = (n - 1) * np.log(_LEVELS)[:, None, None]
    if kind.heavy:
        widths = 2 * (0.8 * _LEVELS) ** 2  # with these, a t has about the quartiles of a normal of the level
        for each, products in zip(courses, out.swapaxes(0, 1), strict=True):  # by turns: memory is slow
            apart = values - each
            apart -= row_medians(apart)[:, None]
            off = np.square(apart.T, order="C")
            factors = np.empty_like(off)
            for width, product in zip(widths, products, strict=True):
                np.divide(off, width, out=factors)
                factors += 1
                factors.prod(axis=0, out=product)
        np.log(out, out=out)  # one logarithm of each product
        out *= -1.5
        out -= scale
    else:
        white, whitened, squares, volume = _whitened(n, kind.lasting)
        own = values @ white
        distance = np.maximum(float(own @ own) - 2 * (whitened @ own) + squares, 0.0)
        np.multiply.outer(-0.5 / _LEVELS**2, distance, out=out)
        out -= scale
        out -= volume


@cache
def _whitened(n: int, lasting: float) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return what makes noise white and takes off the level, the courses so, their squares and the volume."""
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    covariance = (1 - lasting) * np.eye(n) + lasting * _FADES**apart
    precision = np.linalg.inv(covariance)
    ones = precision.sum(axis=1)
    precision -= np.outer(ones, ones) / ones.sum()
    white = np.asarray(np.linalg.cholesky(precision + 1e-9 * np.eye(n)), dtype=np.float64)
    whitened = _library(n)[0] @ white
    squares = np.asarray((whitened**2).sum(axis=2), dtype=np.float64)
    return white, whitened, squares, float(np.linalg.slogdet(covariance)[1]) / 2


@cache
def _log_priors() -> FloatArray:
    """Logarithm of the probability of each noise under both kinds of course, shape (noise, levels, 2)."""
    found = []
    for kind in _KINDS:
        density = np.exp(-0.5 * (np.log(_LEVELS / kind.median) / kind.spread) ** 2)
        found.append(np.outer(density / density.sum(), [kind.falling, kind.rising]))
    return np.asarray(np.log(np.stack(found)), dtype=np.float64)


@cache
def _library(n: int) -> tuple[FloatArray, FloatArray]:
    """Logarithms of the courses, shape (2, courses, n), and their end less their lowest point.

    Most fall exponentially or hyperbolically; some are flat, fall in the middle or in two steps, or have a
    bump, as restarts and double descent make. Each of them comes to rise in the second kind: usually from
    between a fifth and seven tenths of the run on, some anywhere, some between the last few values.
    """
    x = np.arange(1, n + 1) / n
    u = [_halton(base)[:, None] for base in (2, 3, 5, 7, 11, 13, 17)]
    number = np.arange(_COURSES)[:, None]
    flat, stepped, bumped = (number % 8 == rest for rest in (0, 3, 5))
    late = number % 4 == 2
    rate, since = _between(_RATE, u[1]), (x - x[0]) ** np.where(late, _between(_LATE, u[5]), 1.0)
    fall = np.where(number % 3 == 0, 1 / (1 + rate * since), np.exp(-rate * since))
    two = 0.6 * _drop(x, 0.1 + 0.7 * u[5], 0.02) + 0.4 * _drop(x, 0.1 + 0.7 * u[6], 0.02)
    fall = np.where(stepped, two, fall)
    height = np.where(flat, 0.0, _between(_FALL, u[0]))
    bump = np.exp(-0.5 * ((x - 0.15 - 0.6 * u[5]) / _between((0.04, 0.15), u[6])) ** 2)
    falling = 1 + height * fall + np.where(bumped, _between((0.05, 0.5), u[2]) * bump, 0.0)
    wide, sudden = number % 10 > 4, number % 10 > 6
    onset = np.where(sudden, 1 - 2.5 * u[2] / n, np.where(wide, 0.98 * u[2], 0.2 + 0.5 * u[2]))
    power = np.where(wide, 0.5 + 2 * u[4], 1 + 0.5 * u[4])
    rise = np.where(wide, _between((0.04, 3.0), u[3]), _between((0.05, 0.4), u[3]))
    rise = rise * falling.min(axis=1, keepdims=True)
    rising = falling + rise * np.clip((x - onset) / (1 - onset), 0, 1) ** power
    courses = np.log(np.stack([falling, rising]))
    rises = courses[:, :, -1] - courses.min(axis=2)
    return courses - courses.mean(axis=2, keepdims=True), rises


def _drop(x: FloatArray, centre: FloatArray, width: FloatArray | float) -> FloatArray:
    """From 1 to 0 around a centre."""
    return np.asarray(1 / (1 + np.exp((x - centre) / width)), dtype=np.float64)


def _between(ends: tuple[float, float], share: FloatArray) -> FloatArray:
    """Points between two ends, evenly spread on a logarithmic scale."""
    return np.asarray(ends[0] * (ends[1] / ends[0]) ** share, dtype=np.float64)


@cache
def _halton(base: int) -> FloatArray:
    """Return the first points of the van der Corput sequence of a base, each in (0, 1)."""
    rest = np.arange(1, _COURSES + 1)
    points, scale = np.zeros(_COURSES), 1.0
    while rest.any():
        scale /= base
        points += scale * (rest % base)
        rest //= base
    return points
