"""Fields of the objects of the fine-tuning API: what is not of its type counts as absent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def text(item: Mapping[str, Any], field: str) -> str | None:
    """Return a field that holds text, else None."""
    held = item.get(field)
    return held if isinstance(held, str) else None


def number(item: Mapping[str, Any], field: str) -> float | None:
    """Return a field that holds a number, else None; NaN is none.

    Examples
    --------
    >>> number({"created_at": 10}, "created_at"), number({"created_at": "10"}, "created_at")
    (10.0, None)
    """
    held = item.get(field)
    return as_float(held) if isinstance(held, int | float) and held == held else None


def created_at(item: Mapping[str, Any]) -> float:
    """Return when something was made, in seconds since 1970; 0 when it does not say."""
    return number(item, "created_at") or 0.0


def as_float(number: float) -> float:
    """Return a number as a float, infinite when it is a whole one of more than 308 digits.

    Examples
    --------
    >>> as_float(3), as_float(-(10**400))
    (3.0, -inf)
    """
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def whole(value: object) -> int | None:
    """Return a whole number, such as a step, which services also give as 20.0; else None.

    Examples
    --------
    >>> whole(20.0), whole(0.5), whole(True)
    (20, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**53:
        return None
    return int(value) if value == int(value) else None


def as_object(value: object) -> Mapping[str, Any]:
    """Return an object; an empty one for what is none."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list in an answer; none for what is none."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
