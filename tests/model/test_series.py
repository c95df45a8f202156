from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from curvewise.errors import UsageError
from curvewise.model.series import Series, join, table

POINTS = st.lists(st.tuples(st.integers(-5, 50), st.floats(allow_nan=True)), max_size=60)


@given(POINTS)
def test_points_are_sorted_and_the_last_of_a_step_counts(points: list[tuple[int, float]]) -> None:
    series = Series.from_points([s for s, _ in points], [v for _, v in points])
    expected = dict(points)
    assert series.step.tolist() == sorted(expected)
    np.testing.assert_array_equal(series.value, [expected[step] for step in sorted(expected)])


@given(POINTS)
def test_standard_errors_stay_beside_their_values(points: list[tuple[int, float]]) -> None:
    steps, values = [s for s, _ in points], [v for _, v in points]
    series = Series.from_points(steps, values, values)
    assert series.standard_error is not None
    np.testing.assert_array_equal(series.standard_error, series.value)


def test_nan_is_a_point_and_equal_to_itself() -> None:
    series = Series.from_points([1, 2], [1.0, math.nan])
    assert len(series) == 2
    assert len(series.finite()) == 1
    assert series == Series.from_points([2, 1], [math.nan, 1.0])
    assert series != Series.from_points([1, 2], [1.0, 2.0])


@pytest.mark.parametrize(
    ("steps", "values", "problem"),
    [
        ([1, 2], [1.0], "shapes"),
        ([1.5], [1.0], "whole"),
        ([math.nan], [1.0], "whole"),
        ([[1]], [[1.0]], "shapes"),
    ],
)
def test_what_is_no_series_is_refused(steps: list[float], values: list[float], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Series.from_points(steps, values)


def test_values_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Series.from_points([1], [1.0]).value[0] = 2.0


def test_a_value_at_a_step_or_none() -> None:
    series = Series.from_points([10, 20], [1.0, 0.0])
    assert (series.at(20), series.at(15), series.at(30)) == (0.0, None, None)


@given(
    arrays.arrays(np.float64, st.integers(1, 30), elements=st.floats(-10, 10)),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_between_includes_both_ends(values: np.ndarray, first: int, last: int) -> None:
    series = Series.from_points(np.arange(len(values)), values)
    assert series.between(first, last).step.tolist() == [s for s in range(len(values)) if first <= s <= last]


def test_the_earliest_of_equals_is_the_lowest_and_the_highest() -> None:
    series = Series.from_points([1, 2, 3, 4], [math.nan, 1.0, 1.0, 1.0])
    assert series.lowest() == series.highest() == (2, 1.0)
    with pytest.raises(ValueError, match="empty"):
        Series.from_points([1], [math.nan]).lowest()


def test_join_prefers_the_first() -> None:
    joined = join(Series.from_points([1, 2], [1.0, 2.0]), Series.from_points([2, 3], [9.0, 3.0]))
    assert dict(zip(joined.step.tolist(), joined.value.tolist(), strict=True)) == {1: 1.0, 2: 2.0, 3: 3.0}


def test_a_table_aligns_on_the_union_of_steps() -> None:
    steps, values = table([Series.from_points([1, 3], [1.0, 3.0]), Series.from_points([2], [2.0])])
    assert steps.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(values, [[1.0, math.nan], [math.nan, 2.0], [3.0, math.nan]])
