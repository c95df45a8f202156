from __future__ import annotations

from curvewise.checks.negative_reward import negative_reward
from curvewise.testing import make_run


def test_reward_that_stays_negative_is_a_problem() -> None:
    finding = negative_reward(make_run(train_mean_reward=[-0.5, -0.4] * 10))
    assert finding.status == "problem"
    assert "threshold" in finding.advice


def test_a_climb_towards_zero_is_only_watched() -> None:
    run = make_run(train_mean_reward=[-1.0 + 0.03 * i for i in range(30)])
    finding = negative_reward(run)
    assert finding.status == "warning"
    assert "climbs" in finding.summary


def test_a_mean_that_is_negative_for_ungraded_rollouts_alone_is_said_and_not_flagged() -> None:
    run = make_run(train_mean_reward=[-0.1] * 20, train_ungraded_rate=[0.4] * 20)
    finding = negative_reward(run)
    assert finding.status == "ok"
    assert "only because ungraded rollouts count as -1" in finding.summary


def test_an_unknown_ungraded_share_is_said() -> None:
    finding = negative_reward(make_run(train_mean_reward=[-0.1] * 20, mean_unresponsive_rewards=[0.0] * 20))
    assert "ungraded rollouts counted as -1" in finding.summary


def test_reward_that_starts_below_zero_is_fine() -> None:
    assert negative_reward(make_run(train_mean_reward=[-0.2] * 5 + [0.3] * 15)).status == "ok"
