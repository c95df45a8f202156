from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.rotation import autocorrelation, rotation_ends, rotation_length, rotation_means


@pytest.mark.parametrize(("period", "rounds"), [(4, 8), (11, 6), (22, 13)])
def test_a_rotation_shows_under_a_trend_and_noise(period: int, rounds: int) -> None:
    rng = np.random.default_rng(period)
    batches = rng.lognormal(-1.0, 0.7, period)
    n = period * rounds
    falling = 0.3 + np.exp(-8 * np.arange(n) / n)
    values = np.tile(batches, rounds) * falling * np.exp(0.1 * rng.standard_normal(n))
    assert rotation_length(values) == period


def test_neither_noise_nor_a_slow_wave_nor_a_walk_is_a_rotation() -> None:
    rng = np.random.default_rng(1)
    wave = np.sin(np.arange(120) / 6)
    assert rotation_length(wave) is None
    for _ in range(50):
        assert rotation_length(rng.lognormal(0.0, 0.5, 100)) is None
        assert rotation_length(np.cumsum(rng.standard_normal(100))) is None


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 40, [0.0] * 40, [1e100, 1e-300] * 4])
def test_degenerate_series_do_not_raise(values: list[float]) -> None:
    assert rotation_length(np.array(values)) in (None, 2)


def test_autocorrelation_is_that_of_the_definition() -> None:
    values = np.array([1.0, 3.0, 2.0, 5.0, 4.0])
    centred = values - values.mean()
    expected = (centred[:-1] @ centred[1:] / 4) / np.mean(centred**2)
    assert autocorrelation(values, 1)[1] == pytest.approx(expected)


def test_whole_rotations_are_counted_from_the_end() -> None:
    values = np.array([9.0, 1.0, 2.0, 3.0, 4.0])
    assert rotation_ends(5, 2) == (2, 4)
    assert rotation_means(values, 2).tolist() == [1.5, 3.5]
