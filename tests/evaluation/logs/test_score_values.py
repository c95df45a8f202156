from __future__ import annotations

from typing import Any

import pytest

from curvewise.errors import MalformedError
from curvewise.evaluation.logs.score_values import score_from


@pytest.mark.parametrize(
    ("value", "score"),
    [
        ("C", 1.0),
        ("P", 0.5),
        ("I", 0.0),
        ("N", 0.0),
        (True, 1.0),
        (False, 0.0),
        (0.25, 0.25),
        ("0.5", 0.5),
        ("yes", 1.0),
    ],
)
def test_what_harnesses_write_becomes_a_number(value: Any, score: float) -> None:
    assert score_from(value) == score


def test_a_scale_of_its_own() -> None:
    assert score_from(1, (1, 10)) == 0.0
    assert score_from(10, (1, 10)) == 1.0
    assert score_from(0.2, (1, 0)) == pytest.approx(0.8)  # less is better


@pytest.mark.parametrize("value", [7, -0.1, float("nan"), float("inf"), "perhaps", None, [1]])
def test_what_is_no_score_is_refused(value: Any) -> None:
    with pytest.raises(MalformedError):
        score_from(value)


def test_one_of_several_parts() -> None:
    parts = {"style": 0.5, "facts": 1}
    assert score_from(parts, part="facts") == 1.0
    assert score_from({"facts": 1}) == 1.0
    with pytest.raises(MalformedError, match="style, facts"):
        score_from(parts)
    with pytest.raises(MalformedError, match="'tone' is not among them"):
        score_from(parts, part="tone")
