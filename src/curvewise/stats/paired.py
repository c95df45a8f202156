"""Paired: contenders compared on the same samples, which may come in families, several pairs at once."""

from __future__ import annotations

import msgspec
import numpy as np

from curvewise.model.series import FloatArray, IntArray

LEVEL = 0.05
"""Probability that any of the pairs that do not differ is said to."""
DRAWS = 9_999
"""Random draws of signs and of normal numbers: a p-value of 0.05 is right to 0.004."""
ENUMERATED = 13
"""Most clusters with a difference whose signs are all gone through, 4,096 ways, instead of drawn."""
FLIPPED = 400
"""Clusters from which on signs and normal numbers give the same to two digits, and signs are not drawn."""
LEAST = 1e-9
"""Differences below this are taken for none: they are what adding floating-point numbers leaves."""
_BLOCK = 1_000_000

Size = float | FloatArray
"""Of a difference of one sample: one for all pairs, or one for each."""


class Contrasts(msgspec.Struct, frozen=True, kw_only=True):
    """Differences of several pairs of contenders, summed over the samples of each cluster.

    Parameters
    ----------
    sums
        Sums of the differences, shape (clusters, pairs).
    sizes
        Samples that they rest on, shape (clusters, pairs).
    squares
        Sums of the squared differences of single samples, shape (pairs,).
    """

    sums: FloatArray
    sizes: FloatArray
    squares: FloatArray

    @property
    def samples(self) -> FloatArray:
        """Samples of each pair, shape (pairs,)."""
        return np.asarray(self.sizes.sum(axis=0))

    @property
    def clusters(self) -> FloatArray:
        """Clusters of each pair, shape (pairs,)."""
        return np.asarray((self.sizes > 0).sum(axis=0, dtype=np.float64))

    @property
    def difference(self) -> FloatArray:
        """Mean difference of each pair, shape (pairs,)."""
        return np.asarray(self.sums.sum(axis=0) / self.samples)

    def design_effect(self, size: Size) -> FloatArray:
        """Return the variance of each mean over what it would be were all samples independent, at least 1.

        Counted in is one more cluster in which every sample differs by the same: a few differences,
        or none, do not show that samples of a family are independent.

        Parameters
        ----------
        size
            Usual size of a difference, see `usual_size`.
        """
        heavy = (self.sizes**2).sum(axis=0) / self.samples
        together = (self.sums**2).sum(axis=0) + (heavy * size) ** 2
        return np.asarray(np.maximum(together / (self.squares + heavy * size**2), 1.0))

    def variance(self, size: Size) -> FloatArray:
        """Return the variance of one difference, one more of the usual size counted in, shape (pairs,)."""
        return np.asarray((self.squares + size**2) / (self.samples + 2))


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the differences of several pairs support, all shape (pairs,).

    Parameters
    ----------
    low, high
        Intervals that hold all true differences together with 95 %.
    inner_low, inner_high
        The same with 90 %: two one-sided tests at 5 % see whether they lie within a margin.
    sure_low, sure_high
        The same with 95 %. Both these and the inner ones allow for differences as large as scores can
        have, too rare to be seen.
    p_value
        Of no difference, corrected for the number of pairs; 0.05 or less exactly where the interval
        does not hold zero.
    limit, inner_limit
        Of the statistic, for the intervals.
    """

    low: FloatArray
    high: FloatArray
    inner_low: FloatArray
    inner_high: FloatArray
    sure_low: FloatArray
    sure_high: FloatArray
    p_value: FloatArray
    limit: float
    inner_limit: float


def contrasts(values: FloatArray, cluster: IntArray, pairs: IntArray) -> Contrasts:
    """Sum the differences of pairs of contenders over the clusters of their samples.

    Parameters
    ----------
    values
        One row a sample, one column a contender; NaN where a contender has no result. Only samples
        that both have are compared. Shape (samples, contenders).
    cluster
        Number of the cluster of each sample, from 0, shape (samples,).
    pairs
        Columns of the first and the second of each pair, shape (pairs, 2).

    Examples
    --------
    >>> scores = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, np.nan]])
    >>> found = contrasts(scores, np.array([0, 0, 1]), np.array([[0, 1]]))
    >>> found.difference, found.samples, found.clusters
    (array([0.5]), array([2.]), array([1.]))
    """
    apart = values[:, pairs[:, 0]] - values[:, pairs[:, 1]]
    there = ~np.isnan(apart)
    apart = np.where(there & (np.abs(apart) > LEAST), apart, 0.0)
    sums = np.zeros((int(cluster.max()) + 1, len(pairs)))
    sizes = np.zeros_like(sums)
    np.add.at(sums, cluster, apart)
    np.add.at(sizes, cluster, there.astype(np.float64))
    return Contrasts(sums=sums, sizes=sizes, squares=(apart**2).sum(axis=0))


def usual_size(values: FloatArray, pairs: IntArray, reach: float = 1.0) -> FloatArray:
    """Return the root mean square of the differences of each pair that are not zero, shape (pairs,).

    One difference as large as scores can have is counted in, so that a single small one, or none, does
    not set the size. For scores of 0 and 1 it is 1.

    Parameters
    ----------
    values, pairs
        As in `contrasts`.
    reach
        Largest difference that one sample can have.

    Examples
    --------
    >>> usual_size(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), np.array([[0, 1]]))
    array([1.])
    """
    apart = values[:, pairs[:, 0]] - values[:, pairs[:, 1]]
    differ = np.abs(np.nan_to_num(apart)) > LEAST
    squares = np.where(differ, apart, 0.0) ** 2
    return np.asarray(np.sqrt((squares.sum(axis=0) + reach**2) / (differ.sum(axis=0) + 1)))


def judge(
    found: Contrasts, *, size: Size = 0.0, reach: float | None = None, seed: int = 0, draws: int = DRAWS
) -> Judged:
    """Test several paired differences together, and give them intervals that hold together.

    The statistic of a pair is the sum of its differences over the root of the summed squares of its
    clusters' sums, which is McNemar's (1947) for scores of 0 and 1 without clusters. It is compared with
    the largest among all pairs when the sign of each cluster is drawn at random, the same sign for all
    pairs: a randomisation test over clusters, which is the wild cluster bootstrap with the null
    hypothesis imposed (Cameron, Gelbach and Miller 2008), and its maximum corrects for the number of
    pairs (Westfall and Young 1993; Romano and Wolf 2005). It is also compared with the largest of
    normal numbers that are correlated as the pairs are, and the larger p-value counts: signs alone
    know too few values where few clusters differ.

    The interval of a pair holds the differences that the same statistic, taken about them, would not
    exceed the same limit at: a score interval. Where few samples differ at all, the variance about an
    assumed difference is not taken as less than that difference itself would cause (the idea of Tango
    1998), so that equal results on 30 samples do not look like proof. Whoever is called equal, or no
    worse, is so with the largest difference in place of the usual one: graded scores that agree to a
    hundredth say nothing of a failure in 30 samples that none of 20 shows.

    Parameters
    ----------
    found
        The differences; every pair has at least one sample.
    size
        Usual size of a difference of one sample, see `usual_size`, for the least variance; 0 for none.
    reach
        Largest difference that one sample can have; `size` when None.
    seed, draws
        Of the random draws, and how many there are.

    Notes
    -----
    Q. McNemar, "Note on the sampling error of the difference between correlated proportions", 1947;
    A. C. Cameron, J. B. Gelbach, D. L. Miller, "Bootstrap-based improvements for inference with clustered
    errors", 2008; P. H. Westfall, S. S. Young, "Resampling-based multiple testing", 1993; J. P. Romano,
    M. Wolf, "Stepwise multiple testing as formalized data snooping", 2005; T. Tango, "Equivalence test
    and confidence interval for the difference in proportions for the paired-sample design", 1998.

    Examples
    --------
    >>> differ = np.repeat([1.0, -1.0, 0.0], [14, 3, 83])[:, None]
    >>> one = judge(Contrasts(sums=differ, sizes=np.ones((100, 1)), squares=np.array([17.0])), size=1.0)
    >>> one.p_value.round(2), one.low.round(2), one.high.round(2)
    (array([0.01]), array([0.03]), array([0.19]))
    """
    spread = np.sqrt((found.sums**2).sum(axis=0))
    scaled = np.divide(found.sums, spread, out=np.zeros_like(found.sums), where=spread > 0)
    statistic = np.abs(scaled.sum(axis=0))
    random = np.random.default_rng(seed)
    references = [_normal_maxima(scaled, random, draws)]
    informative = scaled[np.any(scaled != 0, axis=1)]
    if 0 < len(informative) < FLIPPED:
        references.append(_flipped_maxima(informative, random, draws))
    p_value = np.max([_share_above(reference, statistic) for reference in references], axis=0)
    outer, inner = (
        max(_quantile(reference, level) for reference in references) for level in (LEVEL, 2 * LEVEL)
    )
    low, high = intervals(found, outer, size)
    largest = size if reach is None else reach
    inner_low, inner_high = intervals(found, inner, largest)
    sure_low, sure_high = intervals(found, outer, largest)
    return Judged(
        low=low,
        high=high,
        inner_low=inner_low,
        inner_high=inner_high,
        sure_low=sure_low,
        sure_high=sure_high,
        p_value=p_value,
        limit=outer,
        inner_limit=inner,
    )


def intervals(found: Contrasts, limit: float, size: Size) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the score intervals: differences about which the statistic is at most `limit`.

    Parameters
    ----------
    found, size
        As in `judge`.
    limit
        Of the statistic, such as 1.96.
    """
    return -_upper(found, -1.0, limit, size), _upper(found, 1.0, limit, size)


def _upper(found: Contrasts, sign: float, limit: float, size: Size) -> FloatArray:
    """Solve (sum - n d)^2 = limit^2 V(d) for the largest d; V is what the data say, or what d demands."""
    sums, n, heavy = sign * found.sums, found.samples, (found.sizes**2).sum(axis=0)
    total, square = sums.sum(axis=0), limit**2
    bounded = n**2 - square * heavy
    measured = _larger_root(
        bounded,
        total * n - square * (sums * found.sizes).sum(axis=0),
        total**2 - square * (sums**2).sum(axis=0),
    )
    measured = np.where(bounded > 1e-9 * n**2, measured, np.inf)
    if not np.any(size):
        return measured
    side = np.where(measured >= 0, 1.0, -1.0)
    against = (np.minimum(sums * side, 0.0) ** 2).sum(axis=0)
    weight = square * n * found.design_effect(size)
    demanded = _larger_root(n**2 + weight, total * n + side * weight * size / 2, total**2 - square * against)
    return np.asarray(np.fmax(measured, demanded))


def _larger_root(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
    """Return the larger root of a x^2 - 2 b x + c for positive a; NaN where there is none."""
    inside = b**2 - a * c
    root = np.where(inside >= -1e-12 * b**2, np.sqrt(np.maximum(inside, 0.0)), np.nan)
    return np.asarray((b + root) / np.where(a > 0, a, np.nan))


def _flipped_maxima(scaled: FloatArray, random: np.random.Generator, draws: int) -> FloatArray:
    """Return the largest statistic of the pairs for signs of the clusters: all signs when they are few."""
    count = len(scaled)
    if count <= ENUMERATED:
        ways = np.arange(2 ** (count - 1))[:, None] >> np.arange(count) & 1
        return np.asarray(np.abs((1.0 - 2.0 * ways) @ scaled).max(axis=1))
    total, parts, block = scaled.sum(axis=0), [], max(1, _BLOCK // count)
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        coins = np.frombuffer(random.bytes(rows * -(-count // 8)), np.uint8).reshape(rows, -1)
        flipped = np.unpackbits(coins, axis=1, count=count).astype(np.float64)
        parts.append(np.abs(total - 2.0 * (flipped @ scaled)).max(axis=1))
    return np.append(np.concatenate(parts), np.inf)  # the signs as they are belong to the draws


def _normal_maxima(scaled: FloatArray, random: np.random.Generator, draws: int) -> FloatArray:
    """Return the largest of normal numbers with the correlations of the pairs, many times."""
    correlation = scaled.T @ scaled
    np.fill_diagonal(correlation, 1.0)  # of pairs that nowhere differ, too
    values, vectors = np.linalg.eigh(correlation)
    half = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = random.standard_normal((draws, len(values)))
    return np.append(np.abs(drawn @ half.T).max(axis=1), np.inf)


def _share_above(reference: FloatArray, statistic: FloatArray) -> FloatArray:
    ordered = np.sort(reference)
    below = np.searchsorted(ordered, statistic - 1e-9, side="left")
    return np.asarray(1.0 - below / len(ordered))


def _quantile(reference: FloatArray, level: float) -> float:
    """Return the least limit that at most a share of `level` exceeds."""
    ordered = np.sort(reference)
    return float(ordered[len(ordered) - 1 - int(level * len(ordered))])
