"""Courses: whether a few noisy losses fell or came to rise, by comparing them with a library of curves."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from curvewise.model.series import FloatArray

MOST = 40
"""Values up to which the library is compared: its courses are too few to follow the bends that more show."""
_LEAST = 3
"""Values that are compared at least."""
_SHAPES = {
    "level": (1, 0.15),
    "falling": (120, 0.3),
    "late": (50, 0.15),
    "stepped": (150, 0.12),
    "bumped": (40, 0.08),
    "restarted": (100, 0.1),
    "twice": (60, 0.1),
}
"""Courses of each shape, and how probable it is."""
_ONSETS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.94])
"""Shares of the run from which a course may turn."""
_FALL, _RATE, _LATE = (0.05, 1.2), (2.0, 12.0), (1.3, 4.0)
"""Height of the first value over the floor, rate of the fall per run, power of the time for a late fall."""
SMALLEST = 0.03
"""Logarithm by which a course that rises ends above its lowest point at least."""
_RANGE, _SPAN = math.log(40), 0.3
"""Logarithm of the range of rises, and range of the other turns, which make a course fall on or rise less."""
_WIDE = 2.5
"""Standard deviations that a normal density is wide: the root of 2 pi."""
_USUAL, _LARGE = 0.0125, 0.1
"""Relative noise of one value that is most probable before any is seen, and one from which on it is rare: its
square has an inverse gamma density of shape 1/2, lessened by exp(-1/2) at the large one."""
_NEVER = 1e-9
"""Turn that is none, where a fall without one rises."""
_STEEP = 0.4
"""A first value that is by this logarithm above all later ones is left out: it tells of the start alone."""
_T95 = 1.645
_TINY = 1e-30
"""Least likelihood."""
Singles = NDArray[np.float32]


class _Noise(NamedTuple):
    """One kind of noise: how probable it is, and the log odds of a rise under it.

    The odds are those of a noise of 3 %, and what a unit of its logarithm adds, from 2 % on, with 8 values
    and with 16 or more, so that chance passes for a rise as often under each.
    """

    share: float
    odds: float
    by_level: tuple[float, float]
    lasting: bool


_FADES, _LASTS = 0.8, 5
"""What is left of lasting noise at the next value, and fewest values that can show it."""
_TELLS = (math.log(8), math.log(16))
"""Logarithms of the numbers of values between which noise comes to be told from courses."""
_KINDS = (_Noise(0.55, 0.0, (0.3, 0.7), lasting=False), _Noise(0.45, 0.2, (1.0, 2.0), lasting=True))


class Comparison(msgspec.Struct, frozen=True):
    """What the library says of a few losses.

    Parameters
    ----------
    log_odds
        Natural logarithm of how many times better the rising courses explain the values.
    ratio
        End of the course over its lowest point, the mean of its logarithm over all courses; 1 without a rise.
    low, high
        90 % interval of `ratio`: from the spread of the courses that explain the values, and the noise of
        two values.
    """

    log_odds: float
    ratio: float
    low: float
    high: float


def compare_courses(values: FloatArray) -> Comparison:
    """Compare logarithms of losses with falling courses and with courses that come to rise.

    Parameters
    ----------
    values
        Natural logarithms of the losses, equally spaced over the run, shape (n,), n from 2; within about 1
        of each other but for the first, as single precision has to tell them apart.

    Returns
    -------
    Comparison

    Notes
    -----
    A Bayes factor (R. E. Kass and A. E. Raftery, "Bayes factors", 1995). Every course is one of 521 falls
    that turns at one of ten onsets, by any amount: where it ends above its lowest point by 3 % it rises,
    where it turns less or downwards it does not, so that neither kind can follow the values more closely.
    The likelihood is averaged over falls and onsets, over the amount by the method of Laplace, and over the
    noise, which is independent or lasts from value to value, in closed form: Student's t, with large noise
    made less probable. The level of the loss is free. The falls are spread by a Halton sequence (J. H.
    Halton, 1960), so nothing is random.

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
    seen = _library(n)
    own = values @ seen.precision @ values + _USUAL**2
    apart = _single(own[:, None] - 2 * values @ seen.falls + seen.squares)[:, None]
    amount = _single(values @ seen.turns)[..., None] - seen.cross
    apart = apart - amount * amount
    turn = np.maximum(amount, seen.least)
    short, more = turn - amount, turn - seen.least
    nearest = float(apart.min())
    far_up, far_down = apart + short * short, apart + more * more
    risen, fallen = _likelihood(far_up, nearest, turn, n), _likelihood(far_down, nearest, seen.span, n)

    rising, falling = _sums(risen, seen.rising), _sums(fallen, seen.falling)
    noise = _sums(risen * far_up, seen.rising) + _sums(fallen * far_down, seen.falling)
    noise /= (rising + falling) * n
    odds = np.exp(seen.odds + seen.by_level * np.log(np.maximum(noise, 0.02**2) / 0.03**2) / 2)
    rising *= odds
    total = float((rising + falling).sum())
    turn *= seen.size
    rise = np.maximum(turn * seen.part + seen.over, turn + seen.over_start)
    risen *= rise
    middle = float(odds @ _sums(risen, seen.rising)) / total
    risen *= rise
    spread = float(odds @ _sums(risen, seen.rising)) / total - middle**2
    half = _T95 * math.sqrt(max(spread, 0.0) + 2 * float((rising + falling) @ noise) / total)
    low, high = math.exp(max(middle - half, 0)), math.exp(middle + half)
    return Comparison(math.log(rising.sum() / falling.sum()), math.exp(middle), low, high)


def _likelihood(square: Singles, nearest: float, room: Singles, n: int) -> Singles:
    """Return the likelihood of courses by their distance, times the share of the amounts that fit."""
    rarer = 1 / (2 * _LARGE**2 * (n - 1))
    fit = np.log(square)
    fit *= -n / 2
    fit -= rarer * square
    fit += n / 2 * math.log(nearest) + rarer * nearest
    np.exp(fit, out=fit)
    width = np.sqrt(square)
    width *= _WIDE / math.sqrt(n)
    fit *= width
    fit /= np.maximum(width, room, out=width)
    return fit


def _sums(fit: Singles, weight: Singles) -> FloatArray:
    """Return weighted sums over the falls and onsets, of each kind of noise."""
    return np.asarray(np.vecdot(fit.reshape(weight.shape), weight) + _TINY, dtype=np.float64)


def _single(values: FloatArray) -> Singles:
    """Return values in single precision, which takes half of the time."""
    return values.astype(np.float32)


class _Library(NamedTuple):
    """Falls and turns as each kind of noise lets them be seen, the level of the loss taken off.

    A turn is in units that are seen as well as a noise of 1; `size` is one in logarithms of the loss.
    """

    precision: FloatArray
    falls: FloatArray
    squares: FloatArray
    turns: FloatArray
    cross: Singles
    least: Singles
    span: Singles
    size: Singles
    part: Singles
    over: Singles
    over_start: Singles
    rising: Singles
    falling: Singles
    odds: FloatArray
    by_level: FloatArray


@cache
def _library(n: int) -> _Library:
    kinds = _KINDS if n >= _LASTS else _KINDS[:1]
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    covariance = np.stack([_FADES**apart if kind.lasting else np.eye(n) for kind in kinds])
    precision = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    ones = precision.sum(axis=2, keepdims=True)
    total = ones.sum(axis=1, keepdims=True)
    precision -= ones * ones.swapaxes(1, 2) / total
    (falls, weight), turns = _falls(n), _turns(n)
    seen, turned = precision @ falls, precision @ turns
    size = 1 / np.sqrt((turns * turned).sum(axis=1))[:, None]
    turned *= size
    size = size.swapaxes(1, 2)
    volume = (np.linalg.slogdet(covariance)[1] + np.log(total.ravel())) / 2
    share = np.array([kind.share for kind in kinds]) * np.exp(-volume)
    falling = np.tile(share[:, None] * weight, len(turns.T))
    least, part, over, over_start = _rises(falls, turns)
    return _Library(
        precision,
        seen,
        (falls * seen).sum(axis=1),
        turned,
        _single(turned.swapaxes(1, 2) @ falls),
        _single(least / size),
        _single(_SPAN / size),
        _single(size),
        _single(part),
        _single(over),
        _single(over_start),
        _single(falling / _RANGE),
        _single(falling),
        np.array([kind.odds for kind in kinds]),
        np.array([np.interp(math.log(n), _TELLS, kind.by_level) for kind in kinds]),
    )


def _rises(falls: FloatArray, turns: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return how falls rise that turn at each onset, arrays of shape (onsets, falls).

    The least turn that makes them end above a point by `SMALLEST`; how much of a turn the end rises over
    that point, and by how much it is above it without one, and above the lowest point before the turn.
    """
    over, part = falls[-1] - falls[:-1], 1 - turns[:-1]
    amounts = (SMALLEST - over[:, None]) / part[..., None]
    first = amounts.argmin(axis=0)
    over_start = np.where(part[..., None] == 1, over[:, None], -np.inf).max(axis=0)
    return (
        np.maximum(amounts.min(axis=0), _NEVER),
        np.take_along_axis(part.T, first, axis=1),
        np.take_along_axis(over, first, axis=0),
        over_start,
    )


@cache
def _turns(n: int) -> FloatArray:
    """Return ramps from each onset to 1 at the end, shape (n, onsets); the last two values differ in all."""
    x = np.arange(1, n + 1)[:, None] / n
    onsets = _ONSETS[1 - 0.9 / n >= _ONSETS]
    return np.asarray(np.clip((x - onsets) / (1 - onsets), 0, 1))


@cache
def _falls(n: int) -> tuple[FloatArray, FloatArray]:
    """Return logarithms of the falls, shape (n, falls), and how probable each is.

    They are level; fall exponentially or hyperbolically, at once or late; fall in up to three steps; have a
    bump; jump up at each of one to four restarts and fall again; or fall, rise and fall to a lower floor, as
    in double descent.
    """
    counts, shares = zip(*_SHAPES.values(), strict=True)
    shapes, number = np.repeat(list(_SHAPES), counts)[:, None], np.arange(sum(counts))[:, None]
    level, _, late, stepped, bumped, restarted, twice = (shapes == shape for shape in _SHAPES)
    u = [_halton(base, len(number))[:, None] for base in (2, 3, 5, 7, 11, 13, 17, 19, 23)]
    x = np.arange(1, n + 1) / n
    rate, since = _between(_RATE, u[1]), (x - x[0]) ** np.where(late, _between(_LATE, u[5]), 1.0)
    fall = np.where(number % 3 == 0, 1 / (1 + rate * since), np.exp(-rate * since))
    second, third = (number % 4 > 0) * (0.2 + 0.6 * u[8]), (number % 2 > 0) * (0.1 + 0.4 * u[8])
    one, two, three = (_drop(x, 0.05 + 0.9 * at, _between((0.01, 0.12), u[1])) for at in u[5:8])
    fall = np.where(stepped, (one + second * two + third * three) / (1 + second + third), fall)
    falls = 1 + np.where(level, 0.0, _between(_FALL, u[0])) * fall
    start = np.where(twice, 0.2 + 0.4 * u[5], 0.0)
    top = np.where(twice, start, 0.15 + 0.6 * u[5])
    bump = _between((0.05, 0.5), u[2]) * np.exp(-0.5 * ((x - top) / _between((0.04, 0.15), u[6])) ** 2)
    falls += np.where(bumped | twice, bump, 0.0)
    lower = _between((0.1, 0.6), u[7]) * (1 - np.clip((x - start) / (0.15 + 0.3 * u[8]), 0, 1))
    falls += np.where(twice, lower, 0.0)
    cycles = x * np.floor(2 + 4 * u[5])
    jumps = _between((0.03, 0.4), u[6]) * np.exp(-_between((2.0, 10.0), u[7]) * (cycles % 1))
    falls *= 1 + np.where(restarted & (cycles > 1) & (cycles % 1 > 1e-9), jumps, 0.0)
    return np.log(falls).T.copy(), np.repeat(np.divide(shares, counts), counts)


def _drop(x: FloatArray, centre: FloatArray, width: FloatArray) -> FloatArray:
    """From 1 to 0 around a centre."""
    return np.asarray(1 / (1 + np.exp(np.minimum((x - centre) / width, 50))), dtype=np.float64)


def _between(ends: tuple[float, float], share: FloatArray) -> FloatArray:
    """Points between two ends, evenly spread on a logarithmic scale."""
    return np.asarray(ends[0] * (ends[1] / ends[0]) ** share, dtype=np.float64)


def _halton(base: int, count: int) -> FloatArray:
    """Return the first points of the van der Corput sequence of a base, each in (0, 1)."""
    rest = np.arange(1, count + 1)
    points, scale = np.zeros(count), 1.0
    while rest.any():
        scale /= base
        points += scale * (rest % base)
        rest //= base
    return points
