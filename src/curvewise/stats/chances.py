"""Chances: how likely each of some uncertain values is the lowest, and which of them hold it."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np

from curvewise.model.series import LARGEST, FloatArray, IntArray

LEVEL = 0.9
"""Probability that the leaders hold the best."""
CONTENDERS = 256
"""Lowest values that are told apart; any other counts as surely not the best."""
AT_ONCE = 200
"""Values, over all sizes of the noise, that are integrated at once: many more would not stay in the cache."""
KNOTS = np.linspace(-4.0, 4.0, 11)
"""Points of the integral over the lowest value, in standard errors about each of the likeliest few."""
UNUSUAL, WILD = 0.2, 4.0
"""Share of curves whose noise is of another kind than was measured, over the degrees of freedom, and its size
there: 90 % is stated of few values only when it is true of such a noise."""
ASSUMED_SIZES = (1.0, 2.5, 4.0, 8.0)
"""Equally likely sizes of a noise that nothing tells, over the assumed one: 10 % for 4 % is no rarity, and
claims and ties are to be right there too."""
SIZES = np.array([-1.2816, -0.5244, 0.0, 0.5244, 1.2816])
"""Normal quantiles at the middles of five equal shares."""
FURTHEST = 12.0
"""Standard errors beyond which the bell curve falls no more: numbers next to zero take long."""
LIKELIEST = 6
"""Values about which the points lie."""


class Doubt(msgspec.Struct, frozen=True):
    """How far standard errors may be wrong, all of them alike.

    Parameters
    ----------
    freedom
        Degrees of freedom of a noise that was measured; 0 of one that is assumed.
    lasting
        Times by which the errors are larger, since the noise lasts from value to value.
    alike
        Share of the values whose estimates rest on the same noise, next to each other.
    """

    freedom: float
    lasting: float = 1.0
    alike: float = 0.0

    def sizes(self) -> tuple[FloatArray, FloatArray]:
        """Return sizes that the noise may have, over the stated one, and how likely each is."""
        sizes, weights = _sizes(self.freedom)
        return (sizes * self.lasting if self.freedom > 0 else sizes), weights


@cache
def _sizes(freedom: float) -> tuple[FloatArray, FloatArray]:
    """Return sizes that a noise may have that was measured with some degrees of freedom."""
    if freedom <= 0:
        return np.array(ASSUMED_SIZES), np.full(len(ASSUMED_SIZES), 1 / len(ASSUMED_SIZES))
    share, doubt = UNUSUAL / max(freedom, 1.0), 2 / (9 * freedom)
    usual = np.maximum(1 - doubt + SIZES * np.sqrt(doubt), 0.5) ** -1.5
    return np.append(usual, WILD), np.append(np.full(len(SIZES), (1 - share) / len(SIZES)), share)


def chances(value: FloatArray, error: FloatArray, doubt: Doubt | None = None) -> FloatArray:
    """Return the probability of each true value to be the lowest, shape (n,).

    The integral over x of the probability that a value is at x and all others are above, with normal
    and independent errors; right to 0.01. Neighbours whose estimates share most of their noise count as one
    region by their mean: many values that are low for one reason are no more than one sign of where the best
    is. What else neighbours share is taken as their own, which makes up for what checkpoints differ by beyond
    the smooth course. A noise that is itself uncertain is taken at several sizes. How often ties and claims
    are right: ``docs/accuracy.md``.

    Parameters
    ----------
    value
        Estimates, finite, shape (n,), n of at least 1.
    error
        Their standard errors, shape (n,).
    doubt
        Of the errors; None when they are certain.

    Notes
    -----
    Sizes of the noise by the cube root of E. B. Wilson and M. M. Hilferty, "The distribution of chi-square",
    1931. The normal distribution function is formula 7.1.26 of Abramowitz and Stegun, right to 1e-7.

    Examples
    --------
    >>> chances(np.array([1.0, 1.0, 9.0]), np.array([0.1, 0.1, 0.1])).round(3)
    array([0.5, 0.5, 0. ])
    >>> assumed = Doubt(freedom=0.0)
    >>> chances(np.array([1.0, 1.1]), np.array([0.04, 0.04]), assumed).round(1)
    array([0.7, 0.3])
    """
    if len(value) == 1:
        return np.ones(1)
    value = np.minimum(np.maximum(value, -LARGEST), LARGEST)
    if doubt is not None and (alike := round(doubt.alike * len(value))) > 1:
        return _by_regions(value, error, msgspec.structs.replace(doubt, alike=0.0), alike)
    sizes, weights = (np.ones(1), np.ones(1)) if doubt is None else doubt.sizes()
    low = value.argsort(kind="stable")[:CONTENDERS]
    spread = np.minimum(np.multiply.outer(sizes, error[low]), LARGEST)
    rows = max(1, AT_ONCE // len(low))
    each = [_lowest(value[low], spread[first : first + rows]) for first in range(0, len(spread), rows)]
    share = np.zeros(len(value))
    share[low] = weights @ np.concatenate(each)
    return share


def _by_regions(value: FloatArray, error: FloatArray, doubt: Doubt, size: int) -> FloatArray:
    """Return the chances of regions of neighbours, each shared out by how near values are to its lowest."""
    starts = np.arange(0, len(value), size)
    region = np.arange(len(value)) // size
    count = np.bincount(region)
    chance = chances(np.bincount(region, value) / count, np.bincount(region, error) / count, doubt)
    above = (value - np.minimum.reduceat(value, starts)[region]) / np.maximum(error, 1e-300)
    near = np.exp(-0.5 * np.minimum(above, 30.0) ** 2)
    return np.asarray((chance / np.bincount(region, near))[region] * near)


def _lowest(value: FloatArray, spread: FloatArray) -> FloatArray:
    """Return the chances of increasing values for each row of standard errors, shape (rows, n)."""
    least = 1e-9 * np.maximum(spread.max(axis=1), np.abs(value).max())
    spread = np.maximum(spread, np.maximum(least, 1e-300)[:, None])
    centre = value - value[0]
    likely = (centre - spread).argsort(axis=1, kind="stable")[:, :LIKELIEST]
    about, wide = centre[likely], spread[np.arange(len(spread))[:, None], likely]
    x = (about[:, :, None] + wide[:, :, None] * KNOTS).reshape(len(spread), -1)
    x.sort(axis=1)
    # From here on by row of standard errors, value, and point of the integral; in place, as it is quicker.
    z = x[:, None] - centre[:, None]
    z /= spread[:, :, None]
    bell = z * z
    np.minimum(bell, FURTHEST**2, out=bell)
    bell *= -0.5
    np.exp(bell, out=bell)
    above = np.maximum(_normal_above(z, bell), 1e-30)
    bell /= above
    all_above = np.log(above, out=above).sum(axis=1)
    apart = np.empty_like(x)
    apart[:, 1:-1] = (x[:, 2:] - x[:, :-2]) / 2
    apart[:, 0], apart[:, -1] = x[:, 1] - x[:, 0], x[:, -1] - x[:, -2]
    height = np.exp(all_above - all_above.max(axis=1, keepdims=True)) * apart
    share = (bell @ height[:, :, None])[:, :, 0] / spread
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def leaders(chance: FloatArray, level: float = LEVEL) -> IntArray:
    """Return the places of the fewest values that hold the lowest with a probability of `level`.

    Parameters
    ----------
    chance
        Probability of each value to be the lowest, shape (n,).

    Examples
    --------
    >>> leaders(np.array([0.05, 0.6, 0.35]))
    array([1, 2])
    """
    order = (-chance).argsort(kind="stable")
    count = int(chance[order].cumsum().searchsorted(level)) + 1
    return order[:count]


def _normal_above(z: FloatArray, bell: FloatArray) -> FloatArray:
    """Return the probability of a standard normal number above z, where the bell curve is so high."""
    t = np.abs(z)
    t *= 0.3275911 / 2**0.5
    t += 1
    np.divide(1, t, out=t)
    tail = 1.061405429 * t
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += coefficient
        tail *= t
    tail *= bell
    tail *= 0.5
    return np.abs((z <= 0) - tail)
