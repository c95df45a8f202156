from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.intervals import (
    denominator,
    difference_estimate,
    inflation,
    mean_estimate,
    memory,
    memory_of_bends,
    share_estimate,
)


def test_one_value_has_no_interval() -> None:
    assert mean_estimate(np.array([0.3])).interval is None
    assert difference_estimate(np.array([0.3]), np.array([0.4, 0.5])).interval is None


def test_nine_of_ten_intervals_hold_the_true_mean() -> None:
    random = np.random.default_rng(1)
    estimates = [mean_estimate(random.normal(0.0, 1.0, 5)) for _ in range(2000)]
    held = np.mean([estimate.low <= 0 <= estimate.high for estimate in estimates])
    assert held == pytest.approx(0.9, abs=0.02)


def test_the_interval_of_a_difference_is_never_too_narrow() -> None:
    random = np.random.default_rng(2)
    estimates = [
        difference_estimate(random.normal(0.0, 1.0, 5), random.normal(0.0, 3.0, 9)) for _ in range(2000)
    ]
    assert np.mean([estimate.low <= 0 <= estimate.high for estimate in estimates]) >= 0.89


def wandering(n: int, correlation: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(n)
    for i in range(1, n):
        noise[i] = correlation * noise[i - 1] + (1 - correlation**2) ** 0.5 * noise[i]
    return noise


def test_memory_is_found_and_allowed_for() -> None:
    for estimate in (memory, memory_of_bends):
        assert np.mean([estimate(wandering(200, 0.5, seed)) for seed in range(50)]) == pytest.approx(
            0.5, abs=0.06
        )
        assert np.mean([estimate(wandering(200, 0.0, seed)) for seed in range(50)]) < 0.15
    held = [mean_estimate(wandering(30, 0.5, seed)) for seed in range(1000)]
    assert np.mean([estimate.low <= 0 <= estimate.high for estimate in held]) > 0.85


@pytest.mark.parametrize("values", [np.ones(40), np.zeros(3), np.repeat([0.0, 1.0], 20)])
def test_memory_of_constant_short_or_stepped_values_is_bounded(values: np.ndarray) -> None:
    assert 0 <= memory(values) <= 0.7
    assert 0 <= memory_of_bends(values) <= 0.85


def test_bends_of_any_size_have_a_memory() -> None:
    assert 0 <= memory_of_bends(np.array([0.0, 1e-100, 1e100, 0.0, 1e-100, 3e-100])) <= 0.85


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_interval_of_a_share_holds_it_and_shrinks(share: float) -> None:
    few, many = share_estimate(share, 20), share_estimate(share, 2000)
    assert 0 <= few.low <= share <= few.high <= 1
    assert many.high - many.low < (few.high - few.low) / 5


@pytest.mark.parametrize("pairs", [2, 7, 32, 100, 251])
def test_the_fewest_pairs_are_told_from_rounded_shares(pairs: int) -> None:
    shares = np.round(np.arange(1, pairs) / pairs, 4)
    assert denominator(shares) == pairs


def test_inflation_is_that_of_the_covariances() -> None:
    lags = np.abs(np.subtract.outer(np.arange(7), np.arange(7)))
    assert inflation(7, 0.4) == pytest.approx((0.4**lags).mean() * 7)


def test_a_floor_widens_the_interval() -> None:
    level = np.full(4, 0.2)
    assert mean_estimate(level).high == pytest.approx(0.2)
    assert mean_estimate(level, floor=0.1).high == pytest.approx(0.2 + 2.353363435 * 0.1 / 2)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0, 0, 1, 1] * 3, (1 / 12 + 1 / 12) / (1 - 3 / 12)), ([0, 1] * 4, 0.0), ([0, 0, 0, 1, 1, 1], 0.7)],
)
def test_memory_is_freed_of_the_bias_of_short_series(values: list[float], expected: float) -> None:
    assert memory(np.array(values, dtype=np.float64)) == pytest.approx(expected)
