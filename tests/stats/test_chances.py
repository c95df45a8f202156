from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.best import smooth
from curvewise.stats.chances import Doubt, chances, leaders


def test_chances_agree_with_draws() -> None:
    value, error = np.array([1.0, 1.1, 1.3, 2.0]), np.array([0.1, 0.3, 0.2, 0.4])
    drawn = np.argmin(value + error * np.random.default_rng(0).standard_normal((200_000, 4)), axis=1)
    assert chances(value, error) == pytest.approx(np.bincount(drawn, minlength=4) / 200_000, abs=0.005)


def test_leaders_are_the_fewest_that_reach_the_level() -> None:
    assert leaders(np.array([0.5, 0.1, 0.4])).tolist() == [0, 2]
    assert leaders(np.array([1.0])).tolist() == [0]


@pytest.mark.parametrize("error", [0.1, 1e308])
def test_huge_values_have_chances(error: float) -> None:
    found = chances(np.array([-1.7e308, 1.7e308]), np.full(2, error))
    assert found.sum() == pytest.approx(1.0)
    assert found[0] >= 0.5 - 1e-9


def test_of_few_values_claims_and_ties_hold_at_a_noise_that_nothing_tells() -> None:
    claimed = []
    for n in (3, 4, 5):
        random, held = np.random.default_rng(n), []
        for rise in (0.0, 0.1, 0.4) * 100:
            x = np.arange(1, n + 1) / n
            true = 1 + random.uniform(0.05, 0.8) * np.exp(-random.uniform(2, 10) * x)
            true *= 1 + rise * np.clip(2 * x - 1, 0, 1)
            value = true * np.exp(0.1 * random.standard_normal(n))
            chance = chances(value, np.full(n, 0.04 * value.min()), Doubt(freedom=0.0))
            held.append(true.argmin() in leaders(chance))
            claimed += [chance.argmax() == true.argmin()] if chance.max() >= 0.9 else []
        assert np.mean(held) >= 0.85
    assert sum(claimed) >= 0.85 * len(claimed) > 0


@pytest.mark.parametrize("n", [100, 200])
def test_ties_of_many_evaluations_hold_the_best_though_neighbours_rest_on_the_same_noise(n: int) -> None:
    random, held = np.random.default_rng(n), []
    for _ in range(60):
        true = 1 + 0.5 * np.exp(-20 * np.linspace(0, 1, n)) + 0.02 * random.standard_normal(n)
        found = smooth(true + 0.04 * random.standard_normal(n))
        held.append(true.argmin() in leaders(chances(found.value, found.error, found.doubt)))
    assert np.mean(held) >= 0.85
