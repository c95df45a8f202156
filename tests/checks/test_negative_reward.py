from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import fall, steps, wandering
from gallery.jobs import Curve, series, trainer_rft

from curvewise import Run, Series
from curvewise.checks.negative_reward import negative_reward
from curvewise.testing import make_run


def test_reward_that_stays_negative_is_a_problem() -> None:
    finding = negative_reward(make_run(train_mean_reward=[-0.5, -0.4] * 10))
    assert finding.status == "problem"
    assert "threshold" in finding.advice


def test_a_climb_towards_zero_is_only_watched() -> None:
    run = make_run(train_mean_reward=[-1.0 + 0.01 * i for i in range(30)])
    finding = negative_reward(run)
    assert finding.status == "warning"
    assert "climbs" in finding.summary


def test_a_rise_of_a_hundredth_is_none() -> None:
    finding = negative_reward(make_run(train_mean_reward=[-1.0 + 0.0003 * i for i in range(40)]))
    assert finding.status == "problem"
    assert "hardly rises" in finding.summary


def test_penalties_that_are_learned_to_be_avoided_are_fine() -> None:
    finding = negative_reward(make_run(train_mean_reward=[-0.9 + 0.02 * i for i in range(40)]))
    assert finding.status == "ok"
    assert "penalties" in finding.summary


def test_a_mean_that_is_negative_for_ungraded_rollouts_alone_is_said_and_not_flagged() -> None:
    run = make_run(train_mean_reward=[-0.1] * 20, train_ungraded_rate=[0.4] * 20)
    finding = negative_reward(run)
    assert finding.status == "ok"
    assert "only because ungraded rollouts count as -1" in finding.summary


def test_an_unknown_ungraded_share_is_said() -> None:
    finding = negative_reward(make_run(train_mean_reward=[-0.1] * 20, mean_unresponsive_rewards=[0.0] * 20))
    assert "ungraded rollouts counted as -1" in finding.summary


@pytest.mark.parametrize(
    ("first", "last", "steps", "status"),
    [
        (-94.0, -92.0, 100, "warning"),
        (-94.0, -92.0, 20, "unknown"),
        (-40.0, -40.0, 100, "unknown"),
        (-1200.0, -300.0, 100, "unknown"),
    ],
)
def test_a_cost_is_looked_at_where_it_hardly_comes_down(
    first: float, last: float, steps: int, status: str
) -> None:
    noise = 0.01 * abs(first) * np.random.default_rng(1).standard_normal(steps)
    assert (
        negative_reward(make_run(train_mean_reward=np.linspace(first, last, steps) + noise)).status == status
    )


def test_reward_that_starts_below_zero_is_fine() -> None:
    assert negative_reward(make_run(train_mean_reward=[-0.2] * 5 + [0.3] * 15)).status == "ok"


@exhibit("problem", group="rewards")
def strict_schema() -> Run:
    """Penalties for missing fields outweigh what right answers earn: the mean stays a third below zero."""
    return _penalised("strict-schema", lambda t: -0.35 + 0.00002 * t, seed=77)


@exhibit("warning", group="rewards")
def climbing_out() -> Run:
    """Punished at every step, and the policy climbs out only slowly: from -0.8 to -0.6."""
    return _penalised("climbing-out", lambda t: fall(t, -0.82, -0.58, 160), seed=78)


def _penalised(name: str, level: Curve, *, seed: int) -> Run:
    """Make a run whose reward is not a share: points for what is right, less points for what is wrong."""
    return trainer_rft(
        name, lambda t: 0 * t, seed=seed, metrics={"train_mean_reward": _scored(level, seed + 1)}
    )


def _scored(level: Curve, seed: int) -> Series:
    at = steps(400, 5)
    return series(at, wandering(level(at.astype(np.float64)), 0.04, seed))
