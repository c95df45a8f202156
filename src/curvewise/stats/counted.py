"""Counted: shares of a number of examples, which tell this number and their noise themselves."""

from __future__ import annotations

from math import lcm

import numpy as np

from curvewise.model.series import FloatArray
from curvewise.stats.moments import mean
from curvewise.stats.noise import bend_free_scatter

MOST = 1000
"""Most examples that are told from rounding: shares of more look like any rounded value."""
FEWEST = 12
"""Fewest values whose scatter tells whether it is that of counting."""
ROUNDED = 1e-6
"""How far a share may lie beside a whole number of examples: files keep at least six digits."""
LEAST, LARGEST = 0.6, 1.5
"""Scatter over that of counting between which it is no more than that: that of 12 values lies there."""


def counted(values: FloatArray) -> int | None:
    """Return of how many examples each value is the share, where counting alone makes the values scatter.

    Every share of n examples is a whole number over n, and varies by p (1 - p) / n from one set of examples
    to the next. Rounded values lie on such numbers as well, but scatter otherwise; so do shares of the same
    examples at every evaluation, which scatter less.

    Parameters
    ----------
    values
        Finite, in the order of the steps, shape (n,); all with one sign.

    Examples
    --------
    >>> seen = np.random.default_rng(0).binomial(50, 0.6, 40) / 50
    >>> counted(seen), counted(-seen), counted(seen + 0.001), counted(np.round(seen / 9, 2))
    (50, 50, None, None)
    """
    share = np.abs(values)
    if len(share) < FEWEST or share.max() > 1 or values.min() < 0 < values.max():
        return None
    from fractions import Fraction  # the import takes half a millisecond, and most runs have no such shares

    examples = 1
    for value in set(share.tolist()):
        nearest = Fraction(value).limit_denominator(MOST)
        examples = lcm(examples, nearest.denominator)
        if examples > MOST or abs(float(nearest) - value) > ROUNDED:
            return None
    scatter = bend_free_scatter(share) or 0.0
    expected = (mean(share * (1 - share)) / examples) ** 0.5
    return examples if 0 < LEAST * expected <= scatter <= LARGEST * expected else None
