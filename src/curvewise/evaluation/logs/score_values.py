"""Score values: numbers from 0 to 1, from what harnesses write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curvewise.errors import MalformedError

LETTERS = {"c": 1.0, "p": 0.5, "i": 0.0, "n": 0.0}
"""Grades of Inspect AI: correct, partly correct, incorrect, no answer."""
WORDS = {"true": 1.0, "yes": 1.0, "pass": 1.0, "correct": 1.0} | dict.fromkeys(
    ("false", "no", "fail", "incorrect"), 0.0
)

LARGEST = 1e300
"""Larger numbers, such as infinity, are no scores."""


def score_from(value: Any, scale: tuple[float, float] = (0.0, 1.0), part: str | None = None) -> float:
    """Return a score from 0 to 1.

    >>> score_from("C"), score_from(True), score_from(0.25), score_from(7, (1, 10))
    (1.0, 1.0, 0.25, 0.6666666666666666)
    """
    value = one_part(value, part)
    if isinstance(value, str):
        word = value.strip().lower()
        if (known := LETTERS.get(word, WORDS.get(word))) is not None:
            return known
        try:
            value = float(word)
        except ValueError:
            raise MalformedError(
                f"{value!r} is no score; expected a number, C, P, I, N, yes or no",
                hint="let the scorer return one of these",
                field="score",
            ) from None
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float) or not -LARGEST < value < LARGEST:  # false for NaN
        raise MalformedError(
            f"{value!r} is no score; expected a finite number", hint="mend the scorer", field="score"
        )
    low, high = scale
    share = (value - low) / (high - low)
    if not -1e-9 <= share <= 1 + 1e-9:
        raise MalformedError(
            f"the score {value!r} is not from {low:g} to {high:g}",
            hint="say what the worst and the best score are, such as --scale 1:10",
            field="score",
        )
    return min(1.0, max(0.0, share))


def metric_name(name: str, scale: tuple[float, float]) -> str:
    """Name what is measured, with its scale where that is not from 0 to 1.

    >>> metric_name("score", (0, 1)), metric_name("score", (1, 10))
    ('score', 'score, 1 to 10')
    """
    return name if scale == (0.0, 1.0) else f"{name}, {scale[0]:g} to {scale[1]:g}"


def one_part(value: Any, part: str | None) -> Any:
    """Return the selected part of a score with several parts, or the score itself."""
    if not isinstance(value, Mapping):
        return value
    if part is None and len(value) == 1:
        part = next(iter(value))
    if part is None or part not in value:
        named = f"; {part!r} is not among them" if part else ""
        raise MalformedError(
            f"the score has several parts: {', '.join(map(str, value))}{named}",
            hint="choose one: --scorer SCORER/PART",
            field="score",
        )
    return value[part]
