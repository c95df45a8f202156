from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.intervals import difference_estimate, mean_estimate, t_quantile


def test_t_quantile_matches_published_tables() -> None:
    assert [t_quantile(freedom) for freedom in (1, 5, 30)] == [6.314, 2.015, 1.697]
    assert t_quantile(120) == pytest.approx(1.658, abs=0.001)
    assert t_quantile(0) == np.inf


def test_one_value_has_no_interval() -> None:
    assert mean_estimate(np.array([0.3])).interval is None
    assert difference_estimate(np.array([0.3]), np.array([0.4, 0.5])).interval is None


def test_nine_of_ten_intervals_hold_the_true_mean() -> None:
    random = np.random.default_rng(1)
    estimates = [mean_estimate(random.normal(0.0, 1.0, 6)) for _ in range(2000)]
    held = np.mean([estimate.low <= 0 <= estimate.high for estimate in estimates])
    assert held == pytest.approx(0.9, abs=0.02)


def test_the_interval_of_a_difference_is_never_too_narrow() -> None:
    random = np.random.default_rng(2)
    estimates = [
        difference_estimate(random.normal(0.0, 1.0, 5), random.normal(0.0, 3.0, 9)) for _ in range(2000)
    ]
    assert np.mean([estimate.low <= 0 <= estimate.high for estimate in estimates]) >= 0.89
