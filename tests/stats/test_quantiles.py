from __future__ import annotations

import math

import numpy as np
import pytest

from curvewise.stats.quantiles import highest_of, t_quantile


@pytest.mark.parametrize("n", [20, 200])
def test_the_highest_of_noise_exceeds_it_about_as_often_as_said(n: int) -> None:
    highest = np.random.default_rng(n).standard_normal((20000, n)).max(axis=1)
    assert np.mean(highest > highest_of(n, 0.05)) == pytest.approx(0.05, abs=0.015)


def between(t: float, freedom: int) -> float:
    """Return the probability that Student's t lies between -t and t, by the finite sums for whole degrees.

    Abramowitz and Stegun, formulas 26.7.3 and 26.7.4.
    """
    angle, odd = math.atan(t / math.sqrt(freedom)), freedom % 2
    term, total = math.cos(angle) if odd else 1.0, 0.0
    for power in range(2 + odd, freedom + 1, 2):
        total += term
        term *= math.cos(angle) ** 2 * (power - 1) / power
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 10, 29, 30, 31, 120, 1001])
@pytest.mark.parametrize("level", [0.6, 0.95, 0.975, 0.9999])
def test_the_quantiles_of_t_are_exact(level: float, freedom: int) -> None:
    assert between(t_quantile(level, freedom), freedom) == pytest.approx(2 * level - 1, abs=1e-12)


@pytest.mark.parametrize(
    ("level", "freedom", "published"),
    [(0.95, 1, 6.314), (0.95, 5, 2.015), (0.95, 30, 1.697), (0.975, 4, 2.776), (0.975, 29, 2.045)],
)
def test_the_quantiles_of_t_are_those_of_published_tables(
    level: float, freedom: int, published: float
) -> None:
    assert round(t_quantile(level, freedom), 3) == published


def test_t_has_no_quantile_without_a_degree_of_freedom() -> None:
    assert t_quantile(0.95, 0) == t_quantile(0.95, math.nan) == math.inf
    assert t_quantile(0.95, 2) > t_quantile(0.95, 2.5) > t_quantile(0.95, 3)
