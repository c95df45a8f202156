from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from curvewise.stats.paired import Judged, contrasts, intervals, judge, usual_size

ONE = np.array([[0, 1]])
THREE = np.array([[0, 1], [0, 2], [1, 2]])


def judged(scores: np.ndarray, cluster: np.ndarray | None = None, pairs: np.ndarray = ONE) -> Judged:
    places = np.arange(len(scores)) if cluster is None else cluster
    return judge(contrasts(scores, places, pairs), size=usual_size(scores, pairs))


def binary(gained: int, lost: int, same: int) -> np.ndarray:
    """Scores of two contenders of whom the first alone is right `gained` times."""
    return np.array([(1.0, 0.0)] * gained + [(0.0, 1.0)] * lost + [(1.0, 1.0)] * same)


@pytest.mark.parametrize(("gained", "lost", "exact"), [(6, 0, 0.0312), (9, 1, 0.0215), (5, 2, 0.4531)])
def test_few_differences_have_the_p_value_of_the_exact_mcnemar_test(
    gained: int, lost: int, exact: float
) -> None:
    assert judged(binary(gained, lost, 50)).p_value[0] == pytest.approx(exact, abs=0.002)


@pytest.mark.parametrize("clusters", [1, 2, 5])
def test_fewer_than_six_clusters_show_nothing(clusters: int) -> None:
    cluster = np.repeat(np.arange(clusters), 20)
    found = judged(np.tile([1.0, 0.0], (len(cluster), 1)), cluster)
    assert found.p_value[0] > 0.05
    assert found.low[0] <= 0


def test_six_clusters_can() -> None:
    cluster = np.repeat(np.arange(6), 20)
    assert judged(np.tile([1.0, 0.0], (120, 1)), cluster).p_value[0] < 0.05


def test_agreeing_on_all_of_few_samples_is_not_certainty() -> None:
    low, high = (ends[0] for ends in (judged(binary(0, 0, 30)).low, judged(binary(0, 0, 30)).high))
    assert high == pytest.approx(1.96**2 / (30 + 1.96**2), abs=0.005)  # Wilson's for 0 of 30
    assert low == pytest.approx(-high)


def test_graded_scores_that_agree_say_nothing_of_failures_too_rare_to_be_seen() -> None:
    random, called = np.random.default_rng(0), 0
    for _ in range(60):
        one = 0.75 + 0.02 * random.standard_normal((40, 1))
        both = one + 0.01 * random.standard_normal((40, 2))
        both[:, 0] *= random.random(40) > 0.04  # a failure counts as 0: 3 points worse
        found = contrasts(both, np.arange(40), ONE)
        sure = judge(found, size=usual_size(both, ONE), reach=1.0, draws=199)
        called += sure.inner_low[0] > -0.03 or sure.sure_low[0] > -0.03
    assert called / 60 <= 0.1


def test_the_interval_is_tangos_for_scores_of_0_and_1() -> None:
    found = contrasts(binary(21, 9, 170), np.arange(200), ONE)
    low, high = (float(ends[0]) for ends in intervals(found, 1.959964, 1.0))
    assert (low, high) == pytest.approx((0.0067, 0.1152), abs=0.004)


def test_a_far_third_does_not_widen_the_interval_of_two_near_ones() -> None:
    random = np.random.default_rng(4)
    near = np.clip(0.8 + 0.1 * random.standard_normal((100, 2)), 0, 1)
    far = np.full((100, 1), 0.1)
    found = judged(np.hstack([near, far]), pairs=THREE)
    assert found.high[0] - found.low[0] < 3 * 2.34 * np.std(near[:, 0] - near[:, 1]) / 10


def test_one_small_difference_among_equal_results_is_not_certainty() -> None:
    scores = np.ones((30, 2))
    scores[0, 1] = 0.99
    found = judged(scores)
    assert found.high[0] > 0.05


def test_more_pairs_ask_for_more() -> None:
    scores = np.random.default_rng(3).integers(0, 2, (60, 3)).astype(np.float64)
    alone, together = judged(scores), judged(scores, pairs=THREE)
    assert together.limit > alone.limit
    assert together.p_value[0] >= alone.p_value[0]


def test_samples_that_one_has_no_result_for_are_left_out() -> None:
    scores = np.vstack([binary(9, 1, 50), np.full((5, 2), np.nan)])
    scores[-5:, 0] = 1.0
    assert judged(scores).p_value == pytest.approx(judged(binary(9, 1, 50)).p_value)


def test_copies_of_a_sample_in_its_family_add_nothing() -> None:
    once = binary(14, 4, 30)
    thrice = judged(np.repeat(once, 3, axis=0), np.repeat(np.arange(48), 3))
    assert thrice.p_value == pytest.approx(judged(once).p_value, abs=0.005)
    assert thrice.low == pytest.approx(judged(once).low, abs=0.01)


scores = arrays(
    np.float64, st.tuples(st.integers(1, 25), st.just(3)), elements=st.sampled_from([0.0, 0.25, 0.5, 1.0])
)


@settings(max_examples=50, deadline=None)
@given(scores=scores, family=st.integers(1, 4))
def test_a_difference_is_called_exactly_where_its_interval_does_not_hold_zero(
    scores: np.ndarray, family: int
) -> None:
    cluster = np.arange(len(scores)) // family
    found = contrasts(scores, cluster, THREE)
    result = judge(found, size=usual_size(scores, THREE))
    difference = found.difference
    assert np.all((result.p_value <= 0.05) == ((result.low > 1e-9) | (result.high < -1e-9)))
    assert np.all((result.low <= result.inner_low + 1e-9) & (result.inner_high <= result.high + 1e-9))
    assert np.all((result.low <= difference + 1e-9) & (difference <= result.high + 1e-9))


@settings(max_examples=30, deadline=None)
@given(scores=scores)
def test_turning_a_pair_turns_its_interval(scores: np.ndarray) -> None:
    there, back = judged(scores), judged(scores[:, [1, 0, 2]])
    assert back.low == pytest.approx(-there.high)
    assert back.high == pytest.approx(-there.low)
    assert back.p_value == pytest.approx(there.p_value)


def test_three_equal_contenders_are_rarely_said_to_differ_and_often_without_clusters() -> None:
    random = np.random.default_rng(0)
    cluster = np.repeat(np.arange(12), 10)
    wrong = np.zeros(2)
    for _ in range(150):
        taste = random.normal(0.0, 1.5, (12, 3))[cluster]
        drawn = (random.random(taste.shape) < 1 / (1 + np.exp(-taste))).astype(np.float64)
        for place, families in enumerate((cluster, np.arange(len(cluster)))):
            found = judge(contrasts(drawn, families, THREE), size=1.0, draws=999)
            wrong[place] += np.any(found.p_value <= 0.05)
    assert wrong[0] / 150 <= 0.09
    assert wrong[1] / 150 > 0.25
