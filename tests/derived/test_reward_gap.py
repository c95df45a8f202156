from __future__ import annotations

import numpy as np
import pytest

from curvewise.derived.reward_gap import RewardGap, reward_gap, sampling_variance, validation_reward
from curvewise.testing import make_run


def test_one_grader_is_compared_with_itself() -> None:
    run = make_run(
        train_mean_reward={5: 0.5, 6: 0.6},
        full_valid_mean_reward={5: 0.55},
        metrics={"train_grader_reward/a": {5: 0.65, 6: 0.7}, "valid_grader_reward/a": {5: 0.55}},
    )
    gap = reward_gap(run)
    assert gap is not None
    assert gap.steps.tolist() == [5]
    assert gap.naive.value.tolist() == [-0.05]
    assert gap.like_for_like.value.tolist() == [0.1]
    assert (gap.train_metric, gap.valid_metric) == ("train_grader_reward/a", "valid_grader_reward/a")
    assert not gap.lower_bound


def test_several_graders_are_freed_of_ungraded_rollouts() -> None:
    run = make_run(
        train_mean_reward=[0.62],
        train_ungraded_rate=[0.1],
        full_valid_mean_reward=[0.75],
        metrics={"train_grader_reward/a": [0.7], "train_grader_reward/b": [0.9]},
    )
    gap = reward_gap(run)
    assert gap is not None
    assert gap.like_for_like.value[0] == pytest.approx(0.05)


def test_an_unknown_ungraded_share_makes_it_a_lower_bound() -> None:
    run = make_run(train_mean_reward=[0.6], full_valid_mean_reward=[0.7], formats=("openai_events",))
    gap = reward_gap(run)
    assert gap is not None
    assert gap.lower_bound
    assert "not known" in gap.basis


def test_a_source_that_does_not_penalise_is_comparable_as_logged() -> None:
    run = make_run(
        train_mean_reward=[2.0],
        full_valid_mean_reward=[1.5],
        metrics={"train_grader_reward/a": [1.0]},
        formats=("trainer_state",),
    )
    gap = reward_gap(run)
    assert gap is not None
    assert gap.like_for_like.value.tolist() == [0.5]
    assert not gap.lower_bound


def test_rewards_without_a_common_step_have_no_gap() -> None:
    assert reward_gap(make_run(train_mean_reward={1: 0.5}, full_valid_mean_reward={2: 0.5})) is None


def test_the_weights_of_several_validation_graders_are_not_guessed() -> None:
    several = make_run(metrics={"valid_grader_reward/a": [0.5], "valid_grader_reward/b": [0.7]})
    assert validation_reward(several) is None
    assert validation_reward(make_run(metrics={"valid_grader_reward/a": [0.5]})) is not None


def test_few_graded_rollouts_make_a_gap_uncertain() -> None:
    def gap(rollouts: float) -> RewardGap:
        found = reward_gap(
            make_run(
                metrics={
                    "train_grader_reward/a": [0.5] * 4,
                    "valid_grader_reward/a": [0.5] * 4,
                    "train_graded_rollouts/a": [rollouts] * 4,
                    "valid_graded_rollouts/a": [rollouts] * 4,
                }
            )
        )
        assert found is not None
        return found

    assert gap(50).sampling == pytest.approx((2 * 0.25 / 50) ** 0.5)
    assert sampling_variance(np.array([2.0, -1.0]), np.array([10.0, 0.0])).tolist() == [0.0, 0.0]
