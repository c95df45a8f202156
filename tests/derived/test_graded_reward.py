from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curvewise.derived.graded_reward import counts_ungraded, graded_reward
from curvewise.testing import make_run


@given(graded=st.floats(-1, 1), ungraded=st.floats(0, 0.9))
def test_taking_ungraded_rollouts_out_undoes_counting_them_as_minus_one(
    graded: float, ungraded: float
) -> None:
    logged = (1 - ungraded) * graded - ungraded
    reward = graded_reward(make_run(train_mean_reward=[logged], train_ungraded_rate=[ungraded]))
    assert reward is not None
    assert reward.exact
    assert reward.series.value[0] == pytest.approx(graded, abs=1e-9)


def test_one_grader_on_a_service_that_penalises_speaks_for_itself() -> None:
    run = make_run(
        train_mean_reward=[0.4],
        mean_unresponsive_rewards=[0.0],
        metrics={"train_grader_reward/a": [0.5]},
    )
    reward = graded_reward(run)
    assert reward is not None
    assert (reward.metric, reward.series.value.tolist()) == ("train_grader_reward/a", [0.5])


def test_the_components_of_a_weighted_sum_do_not_stand_for_it() -> None:
    run = make_run(
        train_mean_reward=[2.0], metrics={"train_grader_reward/a": [1.0]}, formats=("trainer_state",)
    )
    reward = graded_reward(run)
    assert reward is not None
    assert (reward.metric, reward.exact) == ("train_mean_reward", True)


def test_several_graders_without_the_ungraded_share_leave_it_inexact() -> None:
    run = make_run(
        train_mean_reward=[0.4],
        metrics={"train_grader_reward/a": [0.5], "train_grader_reward/b": [0.7]},
        formats=("openai_results",),
    )
    reward = graded_reward(run)
    assert reward is not None
    assert not reward.exact
    assert "not known" in reward.basis


def test_a_share_of_one_is_not_divided_by() -> None:
    run = make_run(train_mean_reward=[-1.0, 0.5], train_ungraded_rate=[1.0, 0.0])
    reward = graded_reward(run)
    assert reward is not None
    assert reward.series.value.tolist() == [0.5]


def test_no_reward_is_none() -> None:
    assert graded_reward(make_run(train_mean_reward=[float("nan")])) is None


@pytest.mark.parametrize(
    ("formats", "metric", "counts"),
    [
        ((), "train_mean_reward", False),
        (("trainer_state",), "train_mean_reward", False),
        (("openai_events",), "train_mean_reward", True),
        ((), "train_other_error_rate/a", True),
    ],
)
def test_which_sources_count_an_ungraded_rollout(formats: tuple[str, ...], metric: str, counts: bool) -> None:
    assert counts_ungraded(make_run(metrics={metric: [0.0]}, formats=formats)) is counts
