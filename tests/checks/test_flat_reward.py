from __future__ import annotations

import pytest
from gallery import exhibit
from gallery.jobs import service_rft

from curvewise import Run
from curvewise.checks.flat_reward import flat_reward
from curvewise.testing import make_run


def test_reward_that_never_leaves_zero_is_a_problem() -> None:
    finding = flat_reward(make_run(train_mean_reward=[0.0, 0.01] * 10))
    assert finding.status == "problem"
    assert "20 steps" in finding.summary


def test_zero_is_seen_behind_ungraded_rollouts() -> None:
    run = make_run(train_mean_reward=[-0.2] * 20, train_ungraded_rate=[0.2] * 20)
    assert flat_reward(run).status == "problem"


def test_reward_that_swings_about_zero_is_not_flat() -> None:
    assert flat_reward(make_run(train_mean_reward=[-0.5, 0.5] * 10)).status == "ok"


def test_a_late_climb_is_not_flat() -> None:
    assert flat_reward(make_run(train_mean_reward=[0.0] * 18 + [0.2, 0.4])).status == "ok"


@pytest.mark.parametrize(("level", "status"), [(0.01, "problem"), (0.035, "warning"), (0.08, "ok")])
def test_a_reward_that_is_rarely_earned_is_watched(level: float, status: str) -> None:
    assert flat_reward(make_run(train_mean_reward=[level, 0.8 * level] * 20)).status == status


def test_nine_steps_of_silence_mean_nothing() -> None:
    assert flat_reward(make_run(train_mean_reward=[0.0] * 9)).status == "unknown"


@exhibit("problem", group="rewards")
def wrong_answer_key() -> Run:
    """The grader compares with an answer key of another format: no rollout ever earns a point."""
    return service_rft("wrong-answer-key", lambda t: 0.001 + 0 * t, lambda t: 0 * t, seed=75, last=60)


@exhibit("warning", group="rewards")
def lucky_guesses() -> Run:
    """The prompts are far too hard: a lucky guess in thirty earns a point, and nothing grows from it."""
    return service_rft("lucky-guesses", lambda t: 0.03 + 0 * t, lambda t: 0.03 + 0 * t, seed=78, last=60)


@pytest.mark.parametrize(("alike", "status"), [(0.05, "ok"), (0.95, "problem")])
def test_rollouts_that_differ_about_zero_are_not_silent(alike: float, status: str) -> None:
    run = make_run(train_mean_reward=[0.004, -0.002] * 20, zero_std_group_share=[alike] * 40)
    assert flat_reward(run).status == status
