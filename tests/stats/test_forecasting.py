from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curvewise.stats.forecasting import FEWEST, GAINS, GainForecast, forecast_gain, tail


def test_a_plateau_has_no_gain_and_a_steep_fall_has() -> None:
    steps = np.arange(1, 21) * 50
    flat = forecast_gain(tail(steps, np.full(20, 1.5), 500))
    steep = forecast_gain(tail(steps, 3.0 * (steps / 50) ** -0.5, 500))
    assert flat.worth < 0.1
    assert steep.worth > 0.9
    assert flat.quantile(0.95) < 0.02 < steep.quantile(0.5)


def test_quantiles_lie_between_the_modelled_gains() -> None:
    found = GainForecast(np.array([0.9, 0.8, 0.5, 0.2, 0.05, 0.01, 0.0]))
    assert found.quantile(0.05) == 0.0
    assert found.quantile(0.5) == pytest.approx(0.01)
    assert found.quantile(0.95) == pytest.approx(0.1)


@given(
    arrays(np.float64, st.integers(FEWEST, 40), elements=st.floats(1e-8, 1e8)),
    st.integers(1, 10**6),
    st.integers(0, 10**9),
)
def test_any_curve_gives_chances_in_order(value: np.ndarray, horizon: int, start: int) -> None:
    found = forecast_gain(tail(start + np.arange(len(value)) * 10, value, horizon))
    assert found.exceeded.shape == (len(GAINS),)
    assert (np.diff(found.exceeded) <= 0).all()
    assert 0 <= found.quantile(0.05) <= found.quantile(0.5) <= found.quantile(0.95) <= 1
