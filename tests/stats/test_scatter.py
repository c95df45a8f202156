from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.noise import scatter


def test_it_finds_the_deviation_of_normal_values_on_a_slope() -> None:
    values = np.arange(4000) * 0.1 + np.random.default_rng(3).normal(0.0, 0.5, 4000)
    assert scatter(values) == pytest.approx(0.5, rel=0.05)


def test_a_dip_of_one_value_does_not_count() -> None:
    values = np.linspace(0.5, 0.8, 12)
    dipped = values.copy()
    dipped[6] -= 0.2
    assert scatter(dipped) == pytest.approx(scatter(values), abs=1e-12)


def test_five_values_are_too_few() -> None:
    assert scatter(np.arange(5.0)) is None
