from __future__ import annotations

import numpy as np
from gallery import exhibit
from gallery.curves import climb, shares, steps
from gallery.jobs import Curve, series, trainer_rft

from curvewise import Run, Series
from curvewise.checks.vanishing_reward_variance import vanishing_reward_variance
from curvewise.testing import make_run


def test_groups_that_all_earn_the_same_are_a_problem_without_a_rise() -> None:
    run = make_run(train_mean_reward=[0.1] * 20, zero_std_group_share=[0.9] * 20)
    assert vanishing_reward_variance(run).status == "problem"
    run = make_run(train_mean_reward=[0.1] * 20, zero_std_group_share=[0.6] * 20)
    assert vanishing_reward_variance(run).status == "warning"


def test_a_learned_task_is_done_rather_than_broken() -> None:
    rewards = [0.05 * i for i in range(20)] + [1.0] * 20
    run = make_run(train_mean_reward=rewards, zero_std_group_share=[0.1] * 20 + [1.0] * 20)
    finding = vanishing_reward_variance(run)
    assert finding.status == "warning"
    assert "stop here" in finding.advice


def test_prompts_that_are_mostly_solved_are_what_training_is_for() -> None:
    rise = [0.3 + 0.03 * i for i in range(20)]
    for share, status in ((0.6, "ok"), (0.85, "ok"), (0.95, "warning")):
        run = make_run(train_mean_reward=rise, zero_std_group_share=[share] * 20)
        assert vanishing_reward_variance(run).status == status


def test_differing_rollouts_are_fine() -> None:
    run = make_run(train_mean_reward=[0.5] * 20, zero_std_group_share=[0.1] * 20)
    assert vanishing_reward_variance(run).status == "ok"


def test_the_spread_of_the_reward_stands_in() -> None:
    dead = make_run(train_mean_reward=[0.5] * 20, train_reward_std=[0.0] * 20)
    live = make_run(train_mean_reward=[0.5] * 20, train_reward_std=[0.3, 0.0] * 10)
    assert vanishing_reward_variance(dead).status == "problem"
    assert vanishing_reward_variance(live, watch=0.6).status == "ok"


@exhibit("problem", group="rewards")
def olympiad() -> Run:
    """The prompts are too hard: nine groups in ten fail in every rollout, and the reward stays low."""
    return trainer_rft(
        "olympiad",
        lambda t: 0.04 + 0 * t,
        seed=79,
        metrics={"zero_std_group_share": _share(lambda t: climb(t, 0.8, 0.92, 100, 40), 80)},
    )


@exhibit("warning", group="rewards")
def school_maths() -> Run:
    """The prompts are learned: nineteen groups in twenty now succeed in every rollout."""
    return trainer_rft(
        "school-maths",
        lambda t: climb(t, 0.35, 0.99, 120, 40),
        seed=81,
        metrics={"zero_std_group_share": _share(lambda t: climb(t, 0.15, 0.96, 180, 45), 82)},
    )


def _share(level: Curve, seed: int) -> Series:
    at = steps(400, 5)
    return series(at, shares(level(at.astype(np.float64)), 32, seed))
