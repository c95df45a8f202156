"""Leading: the level of each contender and its probability to be the highest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from curvewise.model.series import FloatArray, IntArray

DRAWS = 10_000
"""A probability is right to 0.01."""
PRIOR = 0.5
"""Clusters in which one contender alone is right, for each of them: Jeffreys' prior when there are two."""
NORMAL = 2_000
"""Clusters from which on sums of their weights are drawn as the normal numbers that they tend to."""
_BLOCK = 1_000_000


def paired_levels(values: FloatArray) -> FloatArray:
    """Return the mean of each contender as if all had done all samples, shape (contenders,).

    Where all have, that is their mean. Else one level a contender and one a sample are fitted by least
    squares, so that who did the easier samples gains nothing by it (F. Yates, "The analysis of multiple
    classifications with unequal numbers in the different classes", 1934). Where no samples link the
    contenders, their own means.

    Parameters
    ----------
    values
        One row a sample, one column a contender; NaN where it has no result. Every column has one.
        Shape (samples, contenders).

    Examples
    --------
    >>> paired_levels(np.array([[1.0, 0.0], [0.0, np.nan], [0.0, np.nan]])).round(2)
    array([ 0.33, -0.67])
    """
    normal, target, there = *_equations(values), ~np.isnan(values)
    own = np.where(there, values, 0.0).sum(axis=0) / there.sum(axis=0)
    if there.all() or np.linalg.matrix_rank(normal.sum(axis=0)) < values.shape[1] - 1:
        return np.asarray(own)
    level = _solved(normal.sum(axis=0), target.sum(axis=0))
    sample = np.where(there, values - level, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return np.asarray(level + sample[there.any(axis=1)].mean())


def chances_of_leading(
    values: FloatArray, cluster: IntArray, *, size: float = 1.0, seed: int = 0
) -> FloatArray:
    """Return the probability of each contender to have the highest true mean, shape (contenders,).

    A Bayesian bootstrap over the clusters: their weights are drawn at random, the same for all
    contenders, and the highest weighted level is counted; see `paired_levels` for levels. Half a cluster
    is added for each contender in which it alone is right, so that one sample's difference does not look
    like certainty: for two contenders with scores of 0 and 1 that is the posterior with Jeffreys' prior.
    Nothing is taken for granted of how near contenders are: where they are near, a few dozen samples make
    it too sure of one.

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
    there, clusters, many = ~np.isnan(values), int(cluster.max()) + 1, values.shape[1]
    sizes, normal, target = (
        np.zeros((clusters, many)),
        np.zeros((clusters, many**2)),
        np.zeros((clusters, many)),
    )
    own_normal, own_target = _equations(values)
    np.add.at(sizes, cluster, there.astype(np.float64))
    np.add.at(normal, cluster, own_normal.reshape(-1, many**2))
    np.add.at(target, cluster, own_target)
    heavy = float((sizes**2).sum() / sizes.sum())
    random = np.random.default_rng(seed)
    won, centred = np.zeros(many), np.eye(many) - 1 / many
    complete = bool(there.all())  # then each sample adds the same to the equations
    own = np.hstack((sizes[:, :1] if complete else normal, target))
    near = clusters >= NORMAL
    draw = _normal_sums(own, random) if near else _weighted_sums(own, random)
    block = max(1, _BLOCK // (own.shape[1] if near else clusters))
    for start in range(0, DRAWS, block):
        count = min(block, DRAWS - start)
        summed = draw(count)
        first = summed[:, :-many, None] * centred if complete else summed[:, :-many].reshape(-1, many, many)
        alone = random.gamma(PRIOR, heavy, (count, many))
        added = alone.sum(axis=1)[:, None]
        level = _solved(
            first + added[..., None] * centred,
            summed[:, -many:] + size * (alone - added / many),
        )
        highest = level >= level.max(axis=1, keepdims=True) - 1e-12
        won += (highest / highest.sum(axis=1, keepdims=True)).sum(axis=0)
    return won / DRAWS


def _weighted_sums(own: FloatArray, random: np.random.Generator) -> Callable[[int], FloatArray]:
    """Return what draws sums over clusters with random weights, shape (draws, columns)."""
    return lambda count: np.asarray(random.standard_exponential((count, len(own))) @ own)


def _normal_sums(own: FloatArray, random: np.random.Generator) -> Callable[[int], FloatArray]:
    """Return the same for many clusters: normal numbers of the same means and covariances."""
    mean = own.sum(axis=0)
    values, vectors = np.linalg.eigh(own.T @ own)
    half = vectors * np.sqrt(np.maximum(values, 0.0))
    return lambda count: np.asarray(mean + random.standard_normal((count, len(mean))) @ half.T)


def _equations(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the normal equations of the levels, one set a sample; the level of the sample is swept out."""
    there = (~np.isnan(values)).astype(np.float64)
    share = there / np.maximum(there.sum(axis=1, keepdims=True), 1.0)
    known = np.where(there > 0, values, 0.0)
    normal = there[:, :, None] * (np.eye(values.shape[1]) - share[:, None, :])
    return normal, known - share * known.sum(axis=1, keepdims=True)


def _solved(normal: FloatArray, target: FloatArray) -> FloatArray:
    """Return levels that sum to zero."""
    return np.asarray(np.linalg.solve(normal + 1.0, target[..., None])[..., 0])
