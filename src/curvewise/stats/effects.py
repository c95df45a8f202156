"""Effects: what each of several factors does to a response, the others held."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import msgspec
import numpy as np

from curvewise.model.series import FloatArray, IntArray
from curvewise.stats.quantiles import t_quantile
from curvewise.stats.ranks import ranks

SHUFFLES, BLOCKS = 2000, 20
"""Permutations of the residuals, by which a p of a thousandth can be told; and the parts they are done in."""
TRIM = 0.02
"""Share of the response at each end that is drawn in: one diverged run must not make an effect."""
CHANCE = 0.05
"""Probability above which a factor tells nothing, so that no more permutations are looked at."""
SEED = 20_161
SMALL = 1e-9
"""Share of the largest eigenvalue below which one is nothing."""


class FactorEffect(msgspec.Struct, frozen=True, kw_only=True):
    """The effect of one factor.

    Parameters
    ----------
    means
        Response at each level, the other factors held at their average, shape (levels,).
    low_level, high_level
        Levels with the lowest and the highest mean.
    difference, low, high
        Between them, with an interval at `level` for all factors and pairs of levels together.
    p
        Probability of so much by chance, times the number of factors that have not shown more (Holm).
    """

    means: FloatArray
    low_level: int
    high_level: int
    difference: float
    low: float
    high: float
    p: float


def factor_effects(
    response: FloatArray, factors: Mapping[str, IntArray], level: float = 0.9
) -> dict[str, FactorEffect]:
    """Estimate the effect of each factor on a response, the others held.

    An additive model of all factors by least squares. Whether a factor does anything is told by a permutation
    of the residuals of the model without it (D. Freedman and D. Lane, "A nonstochastic interpretation of
    reported significance levels", 1983), on ranks, so that no assumption on the noise is needed and wild
    values count little; corrected by S. Holm, 1979. The intervals are Bonferroni's over all pairs of levels
    of all factors, so the pair may be chosen by looking.

    Parameters
    ----------
    response
        Finite, shape (n,).
    factors
        The level of each of the n, from 0, by factor; each level occurs.

    Examples
    --------
    >>> level = np.arange(40) % 2
    >>> found = factor_effects(level + np.linspace(0, 0.1, 40), {"a": level, "b": np.arange(40) // 20})
    >>> found["a"].p < 0.01, round(found["a"].difference, 1), found["b"].p > 0.01
    (True, 1.0, False)
    """
    n = len(response)
    blocks = {name: _centred(levels) for name, levels in factors.items()}
    design = np.hstack([np.ones((n, 1)), *blocks.values()])
    freedom = n - _basis(design).shape[1]
    if not factors or freedom < 3:
        return {}
    chances = _holm({name: _chance(ranks(response), blocks, name) for name in blocks})
    cut = np.sort(response)[[int(TRIM * n), n - 1 - int(TRIM * n)]]
    trimmed = np.clip(response, *cut)
    inverse = np.linalg.pinv(design.T @ design, rcond=SMALL, hermitian=True)
    known = inverse @ (design.T @ design)
    fitted = inverse @ (design.T @ trimmed)
    variance = float(np.sum((trimmed - design @ fitted) ** 2)) / freedom
    counts = {name: int(levels.max()) + 1 for name, levels in factors.items()}
    compared = sum(count * (count - 1) // 2 for count in counts.values())
    wide = t_quantile(1 - (1 - level) / (2 * max(compared, 1)), freedom)
    effects, start = {}, 1
    for name, levels in factors.items():
        count = counts[name]
        rows = np.zeros((count, design.shape[1]))
        rows[:, 0] = 1
        rows[:, start : start + count] = np.eye(count) - np.bincount(levels, minlength=count) / n
        start += count
        means = rows @ fitted
        # Levels that another factor splits in the same way cannot be compared.
        pairs = [
            (one, other)
            for one, other in combinations(range(count), 2)
            if np.allclose((rows[other] - rows[one]) @ known, rows[other] - rows[one], atol=1e-6)
        ]
        if not pairs:
            continue
        sizes = [abs(float(means[other] - means[one])) for one, other in pairs]
        lowest, highest = sorted(pairs[int(np.argmax(sizes))], key=means.tolist().__getitem__)
        apart = rows[highest] - rows[lowest]
        difference, error = float(apart @ fitted), float(np.sqrt(variance * (apart @ inverse @ apart)))
        effects[name] = FactorEffect(
            means=means,
            low_level=lowest,
            high_level=highest,
            difference=difference,
            low=difference - wide * error,
            high=difference + wide * error,
            p=chances[name],
        )
    return effects


def sampling_error(ratio: float, loss: float, examples: int) -> float:
    """Return the standard error that a validation set gives the logarithm of a ratio of two mean losses.

    It is the same set for all runs, so their scatter does not show it. A loss is a log-likelihood: where a
    model near the truth loses d nats less than another, the difference varies from token to token with a
    variance of about 2 d (Q. Vuong, "Likelihood ratio tests for model selection and non-nested hypotheses",
    1989). An example counts as one token: those of a longer one go together, and their number is not known.

    Parameters
    ----------
    ratio
        The logarithm.
    loss
        The mean loss, in nats per token.
    examples
        Of the validation set.

    Examples
    --------
    >>> round(sampling_error(0.25, 1.4, 150), 3)
    0.049
    """
    return float(np.sqrt(2 * abs(ratio) / (loss * examples)))


def _centred(levels: IntArray) -> FloatArray:
    """Return the indicators of the levels about their means, shape (n, levels)."""
    indicators = np.eye(int(levels.max()) + 1)[levels]
    return np.asarray(indicators - indicators.mean(axis=0), dtype=np.float64)


def _chance(response: FloatArray, blocks: Mapping[str, FloatArray], name: str) -> float:
    """Return the probability that the residuals, shuffled, show as much of a factor.

    Once so many do that it is above `CHANCE` whatever the others show, they are not looked at.
    """
    n = len(response)
    others = np.hstack([np.ones((n, 1)), *(block for other, block in blocks.items() if other != name)])
    base = _basis(others)
    own = blocks[name] - base @ (base.T @ blocks[name])
    extra = _basis(own)
    rest = response - base @ (base.T @ response)
    if not extra.shape[1] or not rest.any():
        return 1.0
    whole = float(rest @ rest)

    def shares(shuffled: FloatArray) -> FloatArray:
        explained = np.sum((shuffled @ extra) ** 2, axis=1)
        left = whole - np.sum((shuffled @ base) ** 2, axis=1)
        return np.asarray(explained / np.maximum(left, 1e-300))

    generator = np.random.default_rng(SEED)
    seen, above = float(shares(rest[None])[0]) * (1 - 1e-9), 1
    done = 0
    while done < SHUFFLES and above <= CHANCE * (SHUFFLES + 1):
        shuffled = np.stack([generator.permutation(rest) for _ in range(SHUFFLES // BLOCKS)])
        above += int(np.sum(shares(shuffled) >= seen))
        done += len(shuffled)
    return above / (done + 1)


def _basis(columns: FloatArray) -> FloatArray:
    """Return an orthonormal basis of the space of some columns."""
    sizes, axes = np.linalg.eigh(columns.T @ columns)
    real = sizes > SMALL * max(float(sizes[-1]), 1.0)
    return np.asarray(columns @ axes[:, real] / np.sqrt(sizes[real]), dtype=np.float64)


def _holm(chances: Mapping[str, float]) -> dict[str, float]:
    """Correct probabilities for their number.

    Examples
    --------
    >>> _holm({"a": 0.01, "b": 0.3, "c": 0.02})
    {'a': 0.03, 'c': 0.04, 'b': 0.3}
    """
    corrected, before = {}, 0.0
    for place, name in enumerate(sorted(chances, key=lambda each: chances[each])):
        before = max(before, min(1.0, chances[name] * (len(chances) - place)))
        corrected[name] = round(before, 12)
    return corrected
