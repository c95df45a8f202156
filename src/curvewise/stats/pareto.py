"""The Pareto front: points that no other beats in both gain and cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curvewise.model.series import FloatArray


def pareto_front(gain: FloatArray, cost: FloatArray) -> NDArray[np.bool_]:
    """Tell which points are beaten by no other.

    A point is beaten when another has at least its gain at no more than its cost, and is better
    in one of the two. Equal points do not beat each other. A point with a NaN is not on the front.

    Parameters
    ----------
    gain
        More is better, shape (n,).
    cost
        Less is better, shape (n,).

    Returns
    -------
    bool, shape (n,)

    Examples
    --------
    >>> pareto_front(np.array([0.8, 0.8, 0.9, 0.7]), np.array([500.0, 400.0, 600.0, 450.0]))
    array([False,  True,  True, False])
    """
    front = np.zeros(len(gain), dtype=np.bool_)
    known = np.flatnonzero(~(np.isnan(gain) | np.isnan(cost)))
    order = known[np.lexsort((-gain[known], cost[known]))]
    gain, cost = gain[order], cost[order]
    first = cost.searchsorted(cost)  # the best of those that cost as much
    cheaper = np.concatenate([[-np.inf], np.maximum.accumulate(gain)])[first]
    front[order] = (gain == gain[first]) & ((gain > cheaper) | (first == 0))
    return front
