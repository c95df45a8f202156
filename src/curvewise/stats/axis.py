"""Axis: the range of values that every chart of the same curves shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from curvewise.model.figure import Axis
from curvewise.model.series import LARGEST, FloatArray
from curvewise.numbers import significant

OUTLIERS = 0.02
"""Share of a curve's values, at either end, that may be clipped."""
SQUASHED = 3.0
"""They are clipped when they make the range more than this many times as long."""
SQUASHED_BY_ONE = 30.0
"""As `SQUASHED`, where that share is less than one value, for the one that is furthest off."""
ROOM = 0.05
"""Share of the range that is left free at both ends; it does not cross zero."""
FLAT = 0.05
"""Least range, as a share of the largest value: a flat curve is not magnified to its noise."""


def axis(curves: Iterable[FloatArray], ends: Iterable[FloatArray] = (), reach: Iterable[float] = ()) -> Axis:
    """Return the range of values to show.

    Each curve counts on its own, so that a long one does not make outliers of a short one's values.

    Parameters
    ----------
    curves
        The values of each; those that are not finite do not count.
    ends
        Ends of intervals, which set the range like curves.
    reach
        Values that the axis shows in any case.

    Examples
    --------
    >>> import numpy as np
    >>> axis([np.array([1.0, 3.0])])
    Axis(low=0.9, high=3.1)
    >>> calm = np.linspace(1.0, 2.0, 100)
    >>> axis([np.append(calm, [900.0, -50.0])]).high < 3
    True
    >>> axis([np.array([2.0, 2.001])]).low < 1.96
    True
    """
    shown = [values[np.isfinite(values)] for values in (*curves, *ends)]
    spread = [_usual(values) for values in shown if len(values)]
    numbers = [*(end for pair in spread for end in pair), *reach]
    if not spread:
        return Axis(low=0.0, high=1.0)
    low, high = min(numbers), max(numbers)
    size = max(abs(low), abs(high))
    least = FLAT * size or 1.0
    if high - low < least:
        middle = low / 2 + high / 2
        low, high = middle - least / 2, middle + least / 2
    else:
        room = ROOM * (high - low)
        low = low - room if low < 0 else max(0.0, low - room)
        high = high + room if high > 0 else min(0.0, high + room)
    return Axis(low=low, high=high)


def _usual(values: FloatArray) -> tuple[float, float]:
    """Return the least and the largest of the values that are no outliers; it moves the values."""
    n, few = len(values), int(OUTLIERS * len(values))
    drop = few or int(n >= 4)
    places = (0, drop, n - 1 - drop, n - 1)
    values.partition(places)
    low, inner_low, inner_high, high = (min(max(values.item(at), -LARGEST), LARGEST) for at in places)
    usual = (SQUASHED if few else SQUASHED_BY_ONE) * (inner_high - inner_low)
    if usual <= 0:
        return low, high
    return inner_low if inner_high - low > usual else low, inner_high if high - inner_low > usual else high


def clipped(axis: Axis, drawn: Iterable[Sequence[float]]) -> str:
    """Say how many of the values that are drawn an axis clips; empty when it clips none.

    Examples
    --------
    >>> clipped(Axis(low=0.0, high=5.1), [[1.0, 9.0], [8.0]])
    '2 values above 5.1 are clipped'
    """
    values = np.concatenate([np.asarray(curve, dtype=np.float64) for curve in (*drawn, ())])
    values = values[np.isfinite(values)]
    counts = {"above": int(np.sum(values > axis.high)), "below": int(np.sum(values < axis.low))}
    ends = {"above": axis.high, "below": axis.low}
    said = " and ".join(
        f"{count:,} value{'' if count == 1 else 's'} {place} {significant(ends[place])}"
        for place, count in counts.items()
        if count
    )
    return f"{said} {'is' if sum(counts.values()) == 1 else 'are'} clipped" if said else ""
