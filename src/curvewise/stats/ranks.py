"""Ranks: how alike two lists are ordered."""

from __future__ import annotations

import numpy as np

from curvewise.model.series import FloatArray


def rank_correlation(first: FloatArray, second: FloatArray) -> float | None:
    """Return Spearman's rank correlation of finite values; None when either is constant.

    C. Spearman, "The proof and measurement of association between two things", 1904; equal values share
    the mean of their ranks.

    Examples
    --------
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([0.9, 0.5, 0.1]))
    -1.0
    """
    one, other = ranks(first), ranks(second)
    spread = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return round(float((one * other).sum()) / spread, 12) if spread > 0 else None


def ranks(values: FloatArray) -> FloatArray:
    """Return ranks about their mean; equal values share theirs.

    Examples
    --------
    >>> ranks(np.array([5.0, 1.0, 5.0, 9.0]))
    array([ 0. , -1.5,  0. ,  1.5])
    """
    ordered = np.sort(values)
    below, within = np.searchsorted(ordered, values), np.searchsorted(ordered, values, side="right")
    return np.asarray((below + within - len(values)) / 2, dtype=np.float64)
