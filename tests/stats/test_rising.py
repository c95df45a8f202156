from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.rising import SURE, rising


@pytest.mark.parametrize("n", [2, 5, 20, 40, 41, 80])
def test_a_falling_loss_does_not_rise(n: int) -> None:
    assert rising(1 + np.exp(-5 * np.arange(n) / n)).probability < 0.3


@pytest.mark.parametrize("n", [5, 8, 20, 40, 41, 80])
def test_a_large_rise_is_sure_and_its_size_within_the_interval(n: int) -> None:
    x = np.arange(1, n + 1) / n
    found = rising(1 + 0.2 * np.exp(-8 * x) + 0.4 * np.clip((x - 0.4) / 0.6, 0, 1))
    assert found.probability > 0.9
    assert found.low < 1.4 < found.high + 0.1


def test_more_noise_makes_a_rise_less_sure() -> None:
    course = np.array([1.1, 1.02, 1.0, 1.02, 1.05, 1.08, 1.1, 1.12])
    noise = np.array([0.02, -0.03, 0.04, -0.04, 0.03, -0.02, 0.04, -0.03])
    assert rising(course + noise).probability < rising(course).probability


def test_a_high_first_value_does_not_hide_a_rise() -> None:
    tail = [1.2, 1.0, 1.15, 1.4]
    assert rising(np.array([8.0, *tail])).probability > 0.8


@pytest.mark.parametrize("values", [[0.0, 0.0], [0.0, 1.0], [1e-300, 1e300], [1e100] * 30, [0.0] * 30])
def test_extreme_values(values: list[float]) -> None:
    found = rising(np.array(values))
    assert 0 <= found.probability <= 1
    assert found.low <= found.ratio <= found.high


@pytest.mark.parametrize("rise", [1.02, 1.2, 1.58, 3.0, 50.0])
def test_the_interval_holds_a_rise_as_steep_as_it_was_seen(rise: float) -> None:
    fall = np.linspace(1.6, 1.0, 6)
    judged = rising(np.concatenate([fall, np.linspace(1.0, rise, 7)[1:]]))
    assert judged.low <= rise <= judged.high


def seen(kind: str, n: int) -> float:
    """Share of 100 courses that are said to rise: by 15 % in their second half, with 2 or 10 % noise."""
    rng = np.random.default_rng(n)
    x = np.arange(1, n + 1) / n
    course = 1 + 0.3 * np.exp(-5 * x)
    if kind == "restarts":
        course *= 1 + 0.2 * np.exp(-5 * (3 * x % 1)) * ((x > 0.34) & (3 * x % 1 > 1e-9))
    elif kind == "steps":
        course = 1 + 0.4 * np.exp(-1.0 * (x[:, None] > [0.2, 0.35, 0.6]).sum(axis=1))
    course *= 1 + 0.15 * np.clip((x - 0.5) / 0.5, 0, 1)
    noise = 0.1 if kind == "large noise" else 0.02
    draws = (course * np.exp(noise * rng.standard_normal(n)) for _ in range(100))
    return float(np.mean([rising(values).probability >= SURE for values in draws]))


@pytest.mark.parametrize("kind", ["restarts", "steps", "falling", "large noise"])
def test_more_evaluations_see_more_of_a_rise(kind: str) -> None:
    few, more, many = (seen(kind, n) for n in (8, 16, 40))
    assert few - 0.06 <= more
    assert more - 0.06 <= many
