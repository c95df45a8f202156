"""Figures: a number as it stands in a sentence."""

from __future__ import annotations

import math


def figure(value: float, digits: int = 3, sign: str = "") -> str:
    """Return a number with fixed digits, or with three significant ones when it is huge.

    Parameters
    ----------
    value
        The number; infinity and NaN are spelled out.
    digits
        Digits after the point.
    sign
        ``+`` to mark positive numbers.

    Examples
    --------
    >>> figure(0.08121), figure(0.5, 1), figure(2e30), figure(-math.inf), figure(0.2, sign="+")
    ('0.081', '0.5', '2e+30', 'minus infinite', '+0.200')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if abs(value) >= 1e7:
        return f"{value:{sign}.3g}"
    return f"{value:{sign},.{digits}f}"
