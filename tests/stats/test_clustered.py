from __future__ import annotations

import numpy as np
import pytest

from curvewise.stats.clustered import mean_interval, score_interval, standard_error


def test_samples_of_their_own_give_the_usual_standard_error() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    error, count = standard_error(values, np.arange(4))
    assert error == pytest.approx(values.std(ddof=1) / 2)
    assert count == 4


def test_copies_in_a_family_add_nothing() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    thrice = standard_error(np.repeat(values, 3), np.repeat(np.arange(4), 3))
    assert thrice == standard_error(values, np.arange(4))


def test_wilson_for_independent_scores() -> None:
    values = np.repeat([1.0, 0.0], [400, 600])
    low, high = score_interval(values, np.arange(1000)) or (0.0, 0.0)
    assert (low, high) == pytest.approx((0.370, 0.431), abs=0.001)


@pytest.mark.parametrize("value", [0.0, 0.1, 1.0])
def test_equal_scores_are_no_certainty(value: float) -> None:
    low, high = score_interval(np.full(20, value), np.arange(20)) or (0.0, 0.0)
    assert 0 <= low <= value <= high <= 1
    assert high - low > 0.1


def test_equal_values_have_no_interval_where_nothing_bounds_them() -> None:
    assert mean_interval(np.full(20, 7.1), np.arange(20)) is None
    assert mean_interval(np.zeros(20), np.arange(20)) is None


def test_two_clusters_have_no_interval() -> None:
    values, cluster = np.arange(10.0), np.repeat([0, 1], 5)
    assert mean_interval(values, cluster) is None
    assert score_interval(values / 10, cluster) is None


def test_nineteen_of_twenty_intervals_hold_the_mean_of_families() -> None:
    random, held = np.random.default_rng(1), 0
    cluster = np.repeat(np.arange(25), 4)
    for _ in range(600):
        level = random.normal(0.0, 1.0, 25)[cluster] + random.normal(0.0, 1.0, 100)
        low, high = mean_interval(level, cluster) or (0.0, 0.0)
        held += low <= 0 <= high
    assert held / 600 == pytest.approx(0.95, abs=0.025)
