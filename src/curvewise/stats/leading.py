"""Leading: the probability of each contender to have the highest true mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.model.series import FloatArray

DRAWS = 10_000
"""A probability is right to 0.01."""
PRIOR = 0.5
"""Clusters in which one contender alone is right, for each of them: Jeffreys' prior when there are two."""
_BLOCK = 1_000_000

IntArray = NDArray[np.intp]


def chances_of_leading(
    values: FloatArray, cluster: IntArray, *, size: float = 1.0, seed: int = 0
) -> FloatArray:
    """Return the probability of each contender to have the highest true mean, shape (contenders,).

    A Bayesian bootstrap over the clusters: their weights are drawn at random, the same for all
    contenders, and the highest weighted mean is counted. Half a cluster is added for each contender in
    which it alone is right, so that one sample's difference does not look like certainty: for two
    contenders with scores of 0 and 1 that is the posterior with Jeffreys' prior.

    Parameters
    ----------
    values
        One row a sample, one column a contender; NaN where it has no result. Every column has one.
        Shape (samples, contenders).
    cluster
        Number of the cluster of each sample, from 0, shape (samples,).
    size
        Usual size of a difference, see `paired.usual_size`.
    seed
        Of the random draws.

    Notes
    -----
    D. B. Rubin, "The Bayesian bootstrap", 1981; A. Agresti and Y. Min, "Simple improved confidence
    intervals for comparing matched proportions", 2005, for what is added.

    Examples
    --------
    >>> chances_of_leading(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([0, 1])).round(1)
    array([0.8, 0.2])
    """
    there = ~np.isnan(values)
    sums = np.zeros((int(cluster.max()) + 1, values.shape[1]))
    sizes = np.zeros_like(sums)
    np.add.at(sums, cluster, np.where(there, values, 0.0))
    np.add.at(sizes, cluster, there.astype(np.float64))
    heavy = float((sizes**2).sum() / sizes.sum())
    random = np.random.default_rng(seed)
    won = np.zeros(values.shape[1])
    block = max(1, _BLOCK // len(sums))
    for start in range(0, DRAWS, block):
        count = min(block, DRAWS - start)
        weight = random.standard_exponential((count, len(sums)))
        alone = random.gamma(PRIOR, heavy, (count, len(won)))
        mean = (weight @ sums + size * alone) / (weight @ sizes + alone.sum(axis=1, keepdims=True))
        highest = mean >= mean.max(axis=1, keepdims=True) - 1e-12
        won += (highest / highest.sum(axis=1, keepdims=True)).sum(axis=0)
    return won / DRAWS
