from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.stats.best import smooth
from curvewise.stats.chances import chances, leaders

VALLEY = 1.0 + np.linspace(-1.0, 1.0, 41) ** 2


def test_precise_values_stay_as_they_are() -> None:
    found = smooth(VALLEY, np.full(41, 1e-4))
    assert found.value == pytest.approx(VALLEY, abs=1e-3)
    assert found.error.max() < 1e-3


@pytest.mark.parametrize("course", [VALLEY, np.r_[np.full(8, 2.0), np.full(8, 1.0)], 2.0 ** -np.arange(12.0)])
def test_a_bend_a_jump_and_a_steep_fall_are_no_noise(course: np.ndarray) -> None:
    found = smooth(course)
    assert found.value[np.argmin(found.merit)] == pytest.approx(course.min(), abs=1e-3)
    assert np.argmin(found.merit) == np.argmin(course) or course[np.argmin(found.merit)] == course.min()


def test_a_single_lucky_value_is_no_choice_where_nothing_states_the_noise() -> None:
    rng = np.random.default_rng(4)
    seen = VALLEY + 0.05 * rng.standard_normal(41)
    seen[3] = 0.4
    assert abs(int(np.argmin(smooth(seen).merit)) - 20) < 10


def test_the_noisier_the_wider_and_never_a_third_of_the_curve() -> None:
    rng = np.random.default_rng(0)
    widths = [
        smooth(VALLEY + noise * rng.standard_normal(41), np.full(41, noise)).width for noise in (0.03, 3)
    ]
    assert 1 < widths[0] < widths[1] == 13


def test_four_noisy_values_may_lean_on_each_other_and_two_may_not() -> None:
    assert smooth(np.array([1.0, 1.1, 0.9, 1.0]), np.full(4, 5.0)).width == 3
    assert smooth(np.array([1.0, 0.9]), np.full(2, 5.0)).width == 1


def test_it_chooses_better_than_the_lucky_minimum_and_is_less_optimistic() -> None:
    rng = np.random.default_rng(1)
    lost, optimism = np.zeros(2), np.zeros(2)
    for _ in range(200):
        seen = VALLEY + 0.1 * rng.standard_normal(41)
        found = smooth(seen, np.full(41, 0.1))
        picks = [int(np.argmin(seen)), int(np.argmin(found.value))]
        lost += VALLEY[picks] - 1.0
        optimism += np.array([seen[picks[0]], found.value[picks[1]]]) - VALLEY[picks]
    assert lost[1] < lost[0] / 2
    assert abs(optimism[1]) < abs(optimism[0]) / 4


def test_a_wild_standard_error_is_pooled_with_its_neighbours() -> None:
    errors = np.full(21, 0.1)
    errors[10] = 0.0
    few, many = (smooth(np.zeros(21), errors, freedom).error[10] for freedom in (3.0, 3000.0))
    assert few > many


def test_standard_errors_that_are_not_known_come_from_the_others() -> None:
    errors = np.array([0.1, np.nan, 0.1, np.inf])
    same = smooth(np.array([8.0, 4.0, 2.0, 1.0]), np.full(4, 0.1))
    assert smooth(np.array([8.0, 4.0, 2.0, 1.0]), errors).error == pytest.approx(same.error)


@given(
    points=st.lists(
        st.tuples(st.floats(-1e100, 1e100), st.floats(allow_nan=True, allow_infinity=True)),
        min_size=1,
        max_size=40,
    )
)
def test_whatever_the_values_the_estimates_are_numbers(points: list[tuple[float, float]]) -> None:
    value, error = (np.array(column) for column in zip(*points, strict=True))
    found = smooth(value, error)
    assert np.isfinite(found.value).all()
    assert np.isfinite(found.error).all()
    chance = chances(found.value, found.error)
    assert chance.sum() == pytest.approx(1.0)
    assert 1 <= len(leaders(chance)) <= len(value)


def test_numbers_next_to_zero_do_not_vanish() -> None:
    tiny = np.array([1e-300, 5e-324, 5e-324, 1.0, 5e-324, 5e-324])
    assert np.isfinite(smooth(tiny, np.full(6, 1e-3)).value).all()
