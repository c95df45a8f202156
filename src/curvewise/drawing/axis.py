"""Axis: the range of numbers that a drawing shows."""

from __future__ import annotations

APART = 1e-12
"""Least distance of two ends, as a share of the larger one, that is no rounding error."""
SMALLEST = 1e-300
"""Least distance that can be divided into the dots of a drawing."""


def axis(low: float, high: float, room: float = 0.0) -> tuple[float, float]:
    """Return the ends of an axis for values from `low` to `high`.

    Where all values are the same, but for what a float rounds, the axis reaches half of their size beyond.

    Parameters
    ----------
    low, high
        Finite, low at most high, so far from the largest float that their distance is one.
    room
        Share of the distance that is left free at both ends.

    Examples
    --------
    >>> axis(1.0, 3.0), axis(2.0, 2.0), axis(0.0, 5e-324)
    ((1.0, 3.0), (1.0, 3.0), (-0.5, 0.5))
    """
    size = max(abs(low), abs(high))
    if high - low > max(APART * size, SMALLEST):
        return low - room * (high - low), high + room * (high - low)
    half = size / 2 if size > SMALLEST else 0.5
    return low - half, high + half
