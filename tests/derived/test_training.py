from __future__ import annotations

import numpy as np
import pytest

from curvewise.derived.training import TrainingCourse, training_course
from curvewise.testing import make_run


def course_of(values: object) -> TrainingCourse:
    course = training_course(make_run(train_loss=values))
    assert course is not None
    return course


def test_levels_are_medians_over_a_tenth() -> None:
    course = course_of([2.0] * 10 + [1.0] * 80 + [1.5] * 10)
    assert course.width == 10
    assert (course.start, course.low, course.final) == (2.0, 1.0, 1.5)


def test_a_wild_value_does_not_move_a_level() -> None:
    values = [1.0] * 30
    values[-1] = 1e22
    assert course_of(values).final == 1.0


def test_rising_takes_more_than_noise() -> None:
    rng = np.random.default_rng(0)
    noisy = [bool(course_of(rng.lognormal(0.0, 0.5, n)).risen(0.1)) for n in (20, 60, 200) for _ in range(60)]
    assert np.mean(noisy) < 0.03
    assert course_of([*np.linspace(2, 1, 20), *np.linspace(1, 1.8, 20)]).risen(0.1)


def test_few_values_cannot_tell() -> None:
    assert course_of([1.0, 2.0, 3.0]).risen(0.1) is None


@pytest.mark.parametrize("n", [1, 2, 7, 5000])
def test_both_ends_are_among_the_running_medians(n: int) -> None:
    course = course_of(np.arange(n, dtype=float))
    assert course.smooth.last_step == n
    assert course.smooth.first_step == course.width
    assert len(course.smooth) <= 402
