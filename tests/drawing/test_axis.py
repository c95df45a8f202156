from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curvewise.drawing.axis import axis

ends = st.floats(-1e150, 1e150)


@given(ends, ends, st.sampled_from([0.0, 0.05]))
def test_all_values_lie_on_an_axis_that_can_be_divided(one: float, other: float, room: float) -> None:
    low, high = min(one, other), max(one, other)
    first, last = axis(low, high, room)
    assert first <= low <= high <= last
    assert (last - first) / 1e5 > 0
    assert first + (last - first) / 1e5 > first


def test_room_is_left_at_both_ends() -> None:
    assert axis(0.0, 10.0, 0.1) == (-1.0, 11.0)
