"""Numbers as they stand in sentences and tables: fixed digits, significant digits, shares and ratios."""

from __future__ import annotations

import math

MOST = 1e15
"""Numbers from here on are not written out."""


def fixed(value: float, digits: int = 3, sign: str = "") -> str:
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
    >>> fixed(0.08121), fixed(0.5, 1), fixed(2e30), fixed(-math.inf), fixed(0.2, sign="+")
    ('0.081', '0.5', '2e+30', 'minus infinite', '+0.200')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if abs(value) >= 1e7:
        return f"{value:{sign}.3g}"
    return f"{value:{sign},.{digits}f}"


def significant(value: float, digits: int = 4) -> str:
    """Return a number with some significant digits, and a large one in full.

    Examples
    --------
    >>> significant(0.81234), significant(2533.3), significant(0.81234, 2), significant(2e30)
    ('0.8123', '2,533', '0.81', '2e+30')
    """
    return f"{value:,.0f}" if 999.95 <= abs(value) < MOST else f"{value:.{digits}g}"


def change(ratio: float) -> str:
    """Say a ratio as a change.

    Examples
    --------
    >>> change(1.147), change(0.8), change(1.0016), change(1.0), change(12.0), change(float("inf"))
    ('+15 %', '-20 %', '+0.16 %', '0 %', '12 times', 'up from zero')
    """
    if math.isinf(ratio):
        return "up from zero"
    if math.isnan(ratio):
        return "unknown"
    if ratio >= 10:
        return f"{ratio:.3g} times"
    change = 100 * (ratio - 1)
    if abs(change) < 0.005:
        return "0 %"
    return f"{change:+.0f} %" if abs(change) >= 10 else f"{change:+.2g} %"


def percent(share: float) -> str:
    """Say a share in per cent with two digits, and one that is nearly all of it with three.

    Examples
    --------
    >>> percent(0.013), percent(1.57), percent(-0.3), percent(0.9996), percent(2e5)
    ('1.3 %', '157 %', '-30 %', '99.9 %', '200,000 times')
    """
    if math.isinf(share):
        return "infinitely many per cent"
    if abs(share) >= 100:
        return f"{share:,.0f} times" if abs(share) < 1e6 else f"{share:.3g} times"
    if 0.995 <= share < 1:
        return f"{math.floor(1000 * share) / 10} %"
    return f"{100 * share:.0f} %" if abs(share) >= 0.1 else f"{100 * share:.2g} %"


def quotient(ratio: float) -> str:
    """Say a ratio as it is.

    Examples
    --------
    >>> quotient(1.5), quotient(133.03), quotient(1273.4), quotient(float("inf"))
    ('1.50', '133', '1,273', 'infinite')
    """
    if math.isinf(ratio):
        return "infinite"
    return f"{ratio:.2f}" if ratio < 100 else f"{ratio:,.0f}" if ratio < 1e6 else f"{ratio:.3g}"


def certainty(probability: float) -> str:
    """Say a probability in per cent, and never that something is certain or cannot be.

    Examples
    --------
    >>> certainty(0.6), certainty(0.997), certainty(0.001)
    ('60 %', 'over 99 %', 'under 1 %')
    """
    whole = round(100 * probability)
    return "over 99 %" if whole > 99 else "under 1 %" if whole < 1 else f"{whole} %"
