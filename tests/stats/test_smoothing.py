from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curvewise.stats.smoothing import running_mean, running_median, trailing_mean

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40).map(np.array)


@given(values, st.integers(1, 60))
def test_smoothing_keeps_length_and_range(value: np.ndarray, width: int) -> None:
    for smooth in (running_median, running_mean, trailing_mean):
        result = smooth(value, width)
        assert result.shape == value.shape
        assert (result >= value.min() - 1e-6).all()
        assert (result <= value.max() + 1e-6).all()


def test_a_peak_leaves_no_trace_in_a_running_median() -> None:
    assert running_median(np.array([1.0, 1.0, 50.0, 1.0, 1.0]), 3).tolist() == [1.0] * 5


def test_a_trailing_mean_looks_back_only() -> None:
    assert trailing_mean(np.array([6.0, 0.0, 0.0, 3.0]), 3).tolist() == [6.0, 3.0, 2.0, 1.0]


def test_a_wild_value_counts_only_where_it_stands() -> None:
    values = np.array([1.0, 1e38, 2.0, 4.0, 6.0, 5.0])
    assert trailing_mean(values, 2)[3:].tolist() == [3.0, 5.0, 5.5]


@given(values, st.integers(1, 60))
def test_a_trailing_mean_is_the_mean_of_the_values_before(value: np.ndarray, width: int) -> None:
    means = [value[max(0, stop - width) : stop].mean() for stop in range(1, len(value) + 1)]
    assert np.allclose(trailing_mean(value, width), means, rtol=1e-9, atol=1e-9)
