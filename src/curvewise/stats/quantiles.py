"""Extremes: how far the highest of many values stands out by chance."""

from __future__ import annotations

import math


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
