from __future__ import annotations

import json

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from curvewise.mcp.answers import ENVELOPE, MOST_BYTES, MOST_BYTES_DETAILED, Answer, fitted

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=20), inner, max_size=20),
    max_leaves=40,
)


@settings(phases=[Phase.explicit, Phase.generate])  # what fails is large, and shrinking it takes minutes
@given(
    lines=st.lists(st.text(max_size=200), max_size=40),
    data=st.dictionaries(st.text(max_size=20), VALUES, max_size=8),
    foreign=st.booleans(),
    detail=st.booleans(),
)
def test_no_answer_is_longer_than_it_may_be(
    lines: list[str], data: dict[str, object], foreign: bool, detail: bool
) -> None:
    answer = fitted(Answer(lines, data, foreign=foreign), detail=detail)
    whole = json.dumps([answer.text, answer.data], ensure_ascii=False, separators=(",", ":"))
    assert len(whole.encode()) + ENVELOPE <= (MOST_BYTES_DETAILED if detail else MOST_BYTES) + 10
    assert whole.isprintable()


@pytest.mark.parametrize(
    ("runs", "kept", "left_out"), [(2, 2, False), (30, 30, False), (10_000, 100, True)], ids=str
)
def test_a_long_list_loses_its_end(runs: int, kept: int, left_out: bool) -> None:
    answer = fitted(Answer(["first", *["x" * 200] * runs], {"runs": list(range(runs))}), detail=False)
    assert answer.data["data"]["runs"] == list(range(kept))
    assert answer.data["left_out"] is left_out
    assert answer.text.splitlines()[1] == "first"
    assert answer.text.count("\n") < 12


def test_numbers_keep_six_digits() -> None:
    data = {"loss": 0.123456789, "broken": float("nan"), "step": 123_456_789}
    assert fitted(Answer([], data), detail=False).data["data"] == {
        "loss": 0.123457,
        "broken": "NaN",
        "step": 123_456_789,
    }
