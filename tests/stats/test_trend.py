from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.stats.trend import blocks, critical_score, late_rise, relative_change


def test_the_rise_begins_at_the_turn() -> None:
    falling_then_rising = np.array([5.0, 4.0, 3.0, 2.0, 2.5, 3.0, 3.5, 4.0])
    start, score = late_rise(falling_then_rising)
    assert start == 3
    assert score > critical_score(8)


@pytest.mark.parametrize("n", [6, 8, 16, 50, 300])
def test_chance_reaches_the_critical_score_rarely(n: int) -> None:
    rng = np.random.default_rng(n)
    hits = sum(late_rise(rng.standard_normal(n))[1] >= critical_score(n) for _ in range(600))
    assert hits / 600 < 0.06


def test_three_values_cannot_show_a_rise() -> None:
    assert late_rise(np.array([1.0, 2.0, 3.0]))[1] == -np.inf


@given(st.lists(st.floats(0.1, 1e3), min_size=4, max_size=30).map(np.array))
def test_the_score_knows_only_ranks(values: np.ndarray) -> None:
    assert late_rise(values)[1] == late_rise(2 * values)[1]


def test_a_wild_value_does_not_bend_the_line() -> None:
    values = np.linspace(2.0, 1.0, 21)
    values[7] = 40.0
    assert relative_change(values) == pytest.approx(-0.5, abs=0.01)


def test_blocks_are_means() -> None:
    assert blocks(np.arange(6.0), 3).tolist() == [0.5, 2.5, 4.5]
