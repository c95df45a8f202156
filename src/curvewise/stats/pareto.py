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
    best = -np.inf
    order = known[np.lexsort((-gain[known], cost[known]))]
    for position, index in enumerate(order):
        first = position == 0 or gain[index] > best
        if first:
            best = gain[index]
            front[index] = True
        elif gain[index] == best:
            front[index] = bool(front[order[position - 1]]) and cost[index] == cost[order[position - 1]]
    return front
