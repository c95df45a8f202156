from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.noise import noise_level


@pytest.mark.parametrize("n", [8, 20, 200])
def test_the_noise_of_a_falling_course_is_found(n: int) -> None:
    rng = np.random.default_rng(0)
    course = np.linspace(3.0, 1.0, n)
    levels = [noise_level(course + 0.1 * rng.standard_normal(n)) or 0.0 for _ in range(200)]
    assert np.median(levels) == pytest.approx(0.1, rel=0.15)


def test_outliers_do_not_count_as_noise() -> None:
    values = np.linspace(2.0, 1.0, 50)
    values[[10, 30]] = 9.0
    assert noise_level(values) == pytest.approx(0.0, abs=1e-12)


def test_five_values_have_no_measurable_noise() -> None:
    assert noise_level(np.array([1.0, 2.0, 1.0, 2.0, 1.0])) is None
