from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.swings import highest_by_chance, mean_swing, swing_of_noise


def test_swings_are_measured_both_ways() -> None:
    assert mean_swing(np.array([1.0, 3.0, 1.0, 3.0, 1.0, 3.0])) == 2.0
    assert mean_swing(np.arange(8.0)) == 0.0


@pytest.mark.parametrize("n", [6, 9, 25, 200])
def test_noise_swings_as_the_table_says(n: int) -> None:
    random = np.random.default_rng(n)
    swings = np.array([mean_swing(random.standard_normal(n)) for _ in range(3000)])
    assert swings.mean() == pytest.approx(swing_of_noise(n), rel=0.03)
    exceeded = np.mean(swings > highest_by_chance(n) * swing_of_noise(n))
    assert exceeded == pytest.approx(0.05, abs=0.015)


def test_five_values_are_too_few_and_huge_ones_do_not_overflow() -> None:
    assert mean_swing(np.zeros(5)) is None
    assert mean_swing(np.array([1e308, -1e308] * 4)) is not None
