"""Courses: whether a few noisy losses fell or came to rise, by comparing them with a library of curves."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.smoothing import column_medians

MOST = 24
"""Values up to which the library is compared: its courses are too few to follow the bends that more show.

What is kept for each number of values comes to 12 MB when all have been seen."""
_LEAST = 3
"""Values that are compared at least."""
_COURSES = 2000
"""Courses of each kind."""
_LEVELS = np.array([0.003, 0.006, 0.011, 0.02, 0.035, 0.06, 0.1])
"""Relative noise of one value, summed over."""
_WIDTHS = 2 * (0.8 * _LEVELS) ** 2
"""With these, a t with 2 degrees of freedom has about the quartiles of a normal of the level."""
_POWERS = _WIDTHS[:, None] ** [2, 1, 0]
_FALL, _RATE, _LATE = (0.05, 1.2), (2.0, 12.0), (1.0, 4.0)
"""Height of the first value over the floor, rate of the fall per run, power of the time for a late fall."""
_SMALLEST = 0.03
"""Rise up to which a course does not count as rising, though it has begun to."""
_STEEP = 0.4
"""A first value that is by this logarithm above all later ones is left out: it tells of the start alone."""
_T95 = 1.645


class _Noise(NamedTuple):
    """One kind of noise: how probable it is under falling and under rising courses, and how large.

    ``lasting`` is the share of its variance that fades by a fifth from value to value. `median` and `spread`
    (of the logarithm) are of its level.
    """

    falling: float
    rising: float
    lasting: float = 0.0
    median: float = 0.03
    spread: float = 1.0


_FADES = 0.8
_HEAVY = _Noise(0.2, 0.32)
"""Follows Student's t with 2 degrees of freedom; all other noise is normal."""
_NORMAL = (
    _Noise(0.3, 0.48),
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
    n = len(values)
    courses, rises = _library(n)
    likely = np.empty((1 + len(_NORMAL), len(_LEVELS), len(rises)))
    _under_heavy_noise(values, courses, likely[0])
    _under_normal_noise(values, courses, likely[1:])
    both = np.split(likely.reshape(-1, len(rises)), [_COURSES], axis=1)
    weight, variance = np.hstack([own @ each for own, each in zip(_weights(n), both, strict=True)])
    falling, rising = weight[:_COURSES].sum() + 1e-300, weight[_COURSES:].sum() + 1e-300
    weight /= falling + rising
    middle = float(weight @ rises)
    spread = float(weight @ (rises - middle) ** 2)
    noise = float(variance.sum() / (falling + rising))
    half = _T95 * math.sqrt(spread + 2 * noise)
    low, high = math.exp(max(middle - half, 0.0)), math.exp(middle + half)
    return Comparison(math.log(rising / falling), low, high)


def _under_heavy_noise(values: FloatArray, courses: FloatArray, out: FloatArray) -> None:
    """Write the likelihood of each course at each level of noise, but for the factors of `_weights`."""
    apart = values[:, None] - courses
    apart -= column_medians(apart)
    apart *= apart
    factors, terms = np.empty_like(out), np.ones((3, courses.shape[1]))
    out[:] = np.add.outer(_WIDTHS, apart[-1]) if len(apart) % 2 else 1
    for one, other in zip(apart[::2], apart[1::2], strict=False):  # (w + a) (w + b), for every width at once
        np.add(one, other, out=terms[1])
        np.multiply(one, other, out=terms[2])
        out *= np.matmul(_POWERS, terms, out=factors)
    out *= np.sqrt(out, out=factors)
    np.divide(1, out, out=out)


def _under_normal_noise(values: FloatArray, courses: FloatArray, out: FloatArray) -> None:
    """Write the same for each kind of normal noise: the distances that it makes of values and courses."""
    precisions, squares, _ = _normal(len(values))
    own = values @ precisions
    distance = np.maximum((own @ values)[:, None] - 2 * (own @ courses) + squares, 0)
    np.multiply(-0.5 / _LEVELS[:, None] ** 2, distance[:, None], out=out)
    np.exp(np.maximum(out, -700, out=out), out=out)  # what is smaller is no normal float, and slow


@cache
def _normal(n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return for each kind of normal noise what measures distances, the squares of the courses, the volume.

    A distance is free of the level: the precision matrix of the noise, less what a constant takes up.
    """
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    covariances = [(1 - kind.lasting) * np.eye(n) + kind.lasting * _FADES**apart for kind in _NORMAL]
    precisions = np.asarray(np.linalg.inv(covariances), dtype=np.float64)
    ones = precisions.sum(axis=2)
    precisions += 1e-9 * np.eye(n) - ones[:, :, None] * ones[:, None] / ones.sum(axis=1)[:, None, None]
    courses = _library(n)[0]
    squares = np.stack([((each @ courses) * courses).sum(axis=0) for each in precisions])
    return precisions, squares, np.asarray(np.linalg.slogdet(covariances)[1] / 2)


@cache
def _weights(n: int) -> FloatArray:
    """Return what the likelihoods count for, shape (falling or rising, 2, noises).

    How probable each noise is, times the factors that all courses share; and that times its variance.
    """
    kinds, logs = (_HEAVY, *_NORMAL), []
    for kind, shared in zip(kinds, (1.5 * n * np.log(_WIDTHS), *-_normal(n)[2]), strict=True):
        density = np.exp(-0.5 * (np.log(_LEVELS / kind.median) / kind.spread) ** 2)
        logs.append(np.log(density / density.sum()) - (n - 1) * np.log(_LEVELS) + shared)
    priors = np.array([[kind.falling, kind.rising] for kind in kinds]).T
    weights = np.repeat(priors, len(_LEVELS), axis=1) * np.exp(np.concatenate(logs))
    return np.stack([weights, weights * np.tile(_LEVELS**2, len(kinds))], axis=1)


@cache
def _library(n: int) -> tuple[FloatArray, FloatArray]:
    """Logarithms of the courses, shape (n, courses), and their end less their lowest point.

    The first 2,000 fall; of those that come to rise the ones that have hardly begun to are left out.
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
    courses = np.log(np.concatenate([falling, rising]).T)
    rises = courses[-1] - courses.min(axis=0)
    counts = rises > _SMALLEST
    counts[:_COURSES] = True
    return np.ascontiguousarray((courses - courses.mean(axis=0))[:, counts]), rises[counts]


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
