from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curvewise.stats.pareto import pareto_front

points = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)


def front(pairs: list[tuple[float, float]]) -> list[bool]:
    gain = np.array([gain for gain, _ in pairs], dtype=np.float64)
    cost = np.array([cost for _, cost in pairs], dtype=np.float64)
    return [bool(kept) for kept in pareto_front(gain, cost)]


def test_equal_reward_at_fewer_tokens_beats() -> None:
    assert front([(0.8, 500), (0.8, 400)]) == [False, True]


def test_equal_points_do_not_beat_each_other() -> None:
    assert front([(0.8, 400), (0.8, 400)]) == [True, True]


def test_a_point_with_nan_is_not_on_the_front_and_beats_none() -> None:
    assert front([(float("nan"), 1), (0.1, 500), (0.9, float("nan"))]) == [False, True, False]


@given(points)
def test_the_front_is_what_the_definition_says(pairs: list[tuple[float, float]]) -> None:
    def beaten(gain: float, cost: float) -> bool:
        return any(g >= gain and c <= cost and (g > gain or c < cost) for g, c in pairs)

    assert front(pairs) == [not beaten(gain, cost) for gain, cost in pairs]
