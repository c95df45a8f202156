"""Clustered: means over samples that come in families, with their intervals."""

from __future__ import annotations

import numpy as np

from curvewise.model.series import FloatArray, IntArray, distinct
from curvewise.stats.quantiles import t_quantile

LEVEL = 0.95
"""Coverage of every interval here."""


def mean_interval(values: FloatArray, cluster: IntArray) -> tuple[float, float] | None:
    """Return the 95 % interval of a mean, from the scatter of the clusters.

    The clustered standard error that E. Miller, "Adding error bars to evals", 2024, recommends, with
    Student's t for one less than the number of clusters. None below 3 clusters, and where they do not
    scatter: equal values are no certainty.

    Parameters
    ----------
    values
        Finite, shape (n,).
    cluster
        Number of the cluster of each value, shape (n,).

    Examples
    --------
    >>> low, high = mean_interval(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 2]))
    >>> round(low, 2), round(high, 2)
    (-0.86, 5.86)
    """
    error, clusters = standard_error(values, cluster)
    if clusters < 3 or error <= 1e-12 * float(np.abs(values).max()):
        return None
    half = t_quantile((1 + LEVEL) / 2, clusters - 1) * error
    return float(values.mean()) - half, float(values.mean()) + half


def score_interval(values: FloatArray, cluster: IntArray) -> tuple[float, float] | None:
    """Return the 95 % interval of a mean of scores between 0 and 1; None below 3 clusters.

    Wilson's (1927) interval for as many independent samples as would have the standard error that
    the clusters show (C. Franco et al., "Comparative study of confidence intervals for proportions in
    complex sample surveys", 2019). Where all scores are 0 or all are 1, as many as there are clusters.

    Parameters
    ----------
    values
        Between 0 and 1, shape (n,).
    cluster
        Number of the cluster of each value, shape (n,).

    Examples
    --------
    >>> low, high = score_interval(np.ones(30), np.arange(30))
    >>> round(low, 2), round(high, 2)
    (0.88, 1.0)
    """
    error, clusters = standard_error(values, cluster)
    if clusters < 3:
        return None
    mean = float(values.mean())
    effective = mean * (1 - mean) / error**2 if error > 1e-12 else float(clusters)
    square = t_quantile((1 + LEVEL) / 2, clusters - 1) ** 2 / effective
    centre = (mean + square / 2) / (1 + square)
    half = (square * mean * (1 - mean) + square**2 / 4) ** 0.5 / (1 + square)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def standard_error(values: FloatArray, cluster: IntArray) -> tuple[float, int]:
    """Return the standard error of a mean whose clusters alone are independent, and their number.

    Parameters
    ----------
    values
        Finite, shape (n,), n of at least 1.
    cluster
        Number of the cluster of each value, shape (n,).
    """
    place = np.searchsorted(distinct(cluster), cluster)
    count = int(place.max()) + 1
    sums = np.bincount(place, weights=values - values.mean())
    return float(np.sqrt((sums**2).sum() * count / max(count - 1, 1))) / len(values), count
