"""Swings: how far values go one way and back again, which no smooth course, jump or single spike makes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from curvewise.model.series import FloatArray

LEAST = 6
"""Fewest values whose swings are measured: four places at which a curve can turn."""
_LOG_COUNTS = np.log([6, 8, 10, 12, 16, 20, 30, 40, 100, 300, 1000])
_MEANS = (0.341, 0.381, 0.412, 0.430, 0.455, 0.473, 0.500, 0.512, 0.541, 0.555, 0.561)
_HIGHEST = (3.0, 2.45, 2.16, 2.01, 1.81, 1.69, 1.53, 1.44, 1.27, 1.14, 1.07)


def mean_swing(values: FloatArray) -> float | None:
    """Return how far values go one way and back again, on average.

    A swing is the smaller of the moves before and after a turning point, and 0 where the curve does
    not turn. The mean of all but the largest is taken, so one wild value counts for nothing, nor does a
    course that falls steeply, jumps or bends.

    Parameters
    ----------
    values
        Finite, in order, shape (n,).

    Returns
    -------
    float or None
        In the unit of the values; None below 6 values.

    Notes
    -----
    The turning point test (I.-J. Bienaymé, 1874; M. G. Kendall, "Time-Series", 1973) counts the turns, whose
    number is the same for noise of any size; the sizes of the moves are what is added here.

    Examples
    --------
    >>> mean_swing(np.array([9.0, 5.0, 3.0, 2.0, 2.0, 8.0, 2.0, 2.0]))  # a steep fall and one wild value
    0.0
    >>> mean_swing(np.array([1.0, 1.5] * 5))
    0.5
    """
    n = len(values)
    if n < LEAST:
        return None
    quarters = values / 4  # whose differences and sums do not overflow
    moves = quarters[1:] - quarters[:-1]
    sizes, rises = np.abs(moves), moves > 0
    turns = rises[1:] != rises[:-1]  # beside a move of zero the swing is zero, too
    shares = turns * np.minimum(sizes[1:], sizes[:-1]) / (n - 3)
    return 4 * max(float(shares.sum() - shares.max()), 0.0)


@lru_cache(maxsize=1024)
def swing_of_noise(n: int) -> float:
    """Mean swing of n independent normal values, in standard deviations: towards 1 / sqrt(pi) for many.

    From a simulation of 20,000 series of each length.

    Examples
    --------
    >>> swing_of_noise(6), swing_of_noise(20)
    (0.341, 0.473)
    """
    return float(np.interp(np.log(n), _LOG_COUNTS, _MEANS))


@lru_cache(maxsize=1024)
def highest_by_chance(n: int) -> float:
    """Multiple of `swing_of_noise` that noise exceeds once in 20, from the same simulation.

    Examples
    --------
    >>> highest_by_chance(6), highest_by_chance(20)
    (3.0, 1.69)
    """
    return float(np.interp(np.log(n), _LOG_COUNTS, _HIGHEST))
