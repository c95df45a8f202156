from __future__ import annotations

import math

from curvewise.numbers import fixed


def test_a_huge_number_does_not_fill_the_line() -> None:
    assert fixed(1e100) == "1e+100"
    assert fixed(-1e100, sign="+") == "-1e+100"
    assert fixed(9_999_999, 0) == "9,999,999"


def test_what_is_no_number_is_spelled_out() -> None:
    assert [fixed(value) for value in (math.nan, math.inf, -math.inf)] == [
        "NaN",
        "infinite",
        "minus infinite",
    ]
