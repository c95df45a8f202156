"""Quantiles: of Student's t, and of the highest of many normal values."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache


@lru_cache(maxsize=1024)
def t_quantile(level: float, degrees_of_freedom: float) -> float:
    """Return the value that Student's t stays below with a probability of `level`, above 0.5.

    The regularised incomplete beta function by its continued fraction (M. Abramowitz and I. A. Stegun,
    "Handbook of Mathematical Functions", 1964, formulas 26.5.8 and 26.7.1), inverted by Newton's method: from
    below it never goes too far, as the tail is convex. Infinite for less than one degree of freedom.

    Examples
    --------
    >>> round(t_quantile(0.95, 2), 3), round(t_quantile(0.975, 60), 3)
    (2.92, 2.0)
    """
    if not degrees_of_freedom >= 1:
        return float("inf")
    t, step = 0.0, 1.0
    while step > 1e-15 * t:
        step = (_t_tail(t, degrees_of_freedom) - (1 - level)) / _t_density(t, degrees_of_freedom)
        t += step
    return t


def _t_density(t: float, freedom: float) -> float:
    more = (freedom + 1) / 2
    scale = math.lgamma(more) - math.lgamma(freedom / 2) - more * math.log1p(t * t / freedom)
    return math.exp(scale) / math.sqrt(freedom * math.pi)


def _t_tail(t: float, freedom: float) -> float:
    """Return the probability that Student's t exceeds a positive t."""
    square = t * t
    if square > 3:
        return _beta_share(freedom / 2, 0.5, freedom / (freedom + square)) / 2
    return 0.5 - _beta_share(0.5, freedom / 2, square / (freedom + square)) / 2


def _beta_share(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by a fraction that converges fast for small x."""
    if not x:
        return 0.0
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    fraction = denominator = 1 / (1 - (a + b) * x / (a + 1))
    numerator = 1.0
    for m in itertools.count(1):
        before = fraction
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            denominator, numerator = 1 / (1 + term * denominator), 1 + term / numerator
            fraction *= denominator * numerator
        if abs(fraction - before) <= 1e-15 * abs(fraction):
            break
    return math.exp(scale) * fraction / a


def highest_of(n: int, chance: float) -> float:
    """Return the height, in standard deviations, that any of n normal values exceeds with about `chance`.

    Bonferroni's bound, with the tail of the normal distribution to second order (H. Cramér, "Mathematical
    Methods of Statistics", 1946, section 28.6).

    Parameters
    ----------
    n
        Number of values, from 1.
    chance
        Up to 0.1.

    Examples
    --------
    >>> round(highest_of(1, 0.01), 2), round(highest_of(1000, 0.01), 2)
    (2.27, 4.25)
    """
    twice = 2 * math.log(n / chance)
    return math.sqrt(twice - math.log(twice) - math.log(2 * math.pi))


Z90 = t_quantile(0.95, 1e6)
"""Standard errors on either side of an estimate that a 90 % interval spans, where they are known."""
