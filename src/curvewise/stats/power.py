"""Power: how many samples would tell contenders apart, and what a number of samples can show."""

from __future__ import annotations

import math

POWER_80, POWER_90 = 0.841621, 1.281552
"""Points of the normal distribution that a power of 80 % asks for: one-sided, and for two tests at once."""
RANGES = (2.772, 3.314, 3.633, 3.858, 4.030, 4.170, 4.286, 4.387, 4.474)
"""The 95 % points of the range of 2, 3, ... 10 independent normal numbers (H. L. Harter, 1960)."""


def limit(contenders: int) -> float:
    """Return what a normal statistic has to exceed at 5 %, corrected for all pairs of the contenders.

    Examples
    --------
    >>> round(limit(2), 2), round(limit(3), 2)
    (1.96, 2.34)
    """
    return RANGES[min(max(contenders, 2), len(RANGES) + 1) - 2] / math.sqrt(2)


def smallest_difference(samples: int, *, discordance: float, contenders: int, design_effect: float) -> float:
    """Return the smallest true difference of accuracy that would be shown with a probability of 80 %.

    For scores of 0 and 1, where the squared difference of a sample averages to the discordance (R. J.
    Connor, "Sample size for testing differences in proportions for the paired-sample design", 1987,
    with one variance for both hypotheses). A difference cannot exceed the discordance: where that is too
    small for any to be shown, this is the least discordance, and difference, that would be.

    Parameters
    ----------
    samples
        Of each contender, at least 1.
    discordance
        Share of the samples that one of two contenders does and the other does not, above 0.
    contenders
        That are compared with each other.
    design_effect
        Variance of a mean over what it would be were the samples independent.

    Examples
    --------
    >>> round(smallest_difference(100, discordance=0.2, contenders=2, design_effect=1.0), 3)
    0.121
    """
    square = (limit(contenders) + POWER_80) ** 2 * design_effect
    share = square / (samples + square)
    return math.sqrt(share * max(share, discordance))


def samples_to_tell(
    difference: float,
    margin: float,
    variance: float,
    *,
    limit: float,
    inner_limit: float,
    within: float | None = None,
) -> int:
    """Return how many samples would tell two contenders apart, or show them equal, at 80 % power.

    Whichever takes fewer, if the true difference is the one that was seen.

    Parameters
    ----------
    difference
        That was seen.
    margin
        Within which they count as equal.
    variance
        Of one sample's difference, times the design effect.
    limit, inner_limit
        Of the statistics, as in `paired.Judged`.
    within
        The variance to show them equal with; `variance` when None.

    Examples
    --------
    >>> samples_to_tell(0.1, 0.03, 0.2, limit=1.96, inner_limit=1.645)
    157
    >>> samples_to_tell(0.0, 0.03, 0.2, limit=1.96, inner_limit=1.645)
    1904
    """
    apart, inside = abs(difference), margin - abs(difference)
    counts = []
    if apart > 0:
        counts.append(variance * ((limit + POWER_80) / apart) ** 2)
    if inside > 0:
        counts.append((variance if within is None else within) * ((inner_limit + POWER_90) / inside) ** 2)
    return math.ceil(min(counts))
