from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from curvewise.checks.flat_reward import flat_reward
from curvewise.checks.negative_reward import negative_reward
from curvewise.checks.reward_collapse import reward_collapse
from curvewise.checks.reward_gap import reward_gap
from curvewise.checks.saturated_reward import saturated_reward
from curvewise.checks.vanishing_reward_variance import vanishing_reward_variance
from curvewise.derived.reward_scale import reward_scale
from curvewise.model.run import Run
from curvewise.testing import make_run

CLIMB = 0.7 - 0.4 * np.exp(-np.arange(30) / 6) + 0.02 * np.sin(7 * np.arange(30))


@pytest.mark.parametrize(
    ("rewards", "scale"),
    [
        ([0.0, 0.0], 1),
        ([-0.9, 0.99], 1),
        ([0.5, 1.33], 2),
        ([60, 71], 100),
        ([-50, -4], 50),
        ([0.5] * 40 + [-4000.0], 1),
        ([3051.0, 2900.0], 5000),
    ],
)
def test_the_scale_holds_the_rewards(rewards: Sequence[float], scale: float) -> None:
    assert reward_scale(make_run(train_mean_reward=rewards)) == scale


def _gap(scale: float, gap: float) -> Run:
    return make_run(train_mean_reward=scale * (CLIMB + gap), full_valid_mean_reward=scale * CLIMB)


@pytest.mark.parametrize("scale", [1, 100])
def test_a_gap_is_judged_on_the_scale_of_the_reward(scale: float) -> None:
    assert reward_gap(_gap(scale, 0.03)).status == "ok"
    assert reward_gap(_gap(scale, 0.15)).status == "problem"


@pytest.mark.parametrize("scale", [1, 10, 100])
def test_flat_and_collapsed_rewards_are_told_on_every_scale(scale: float) -> None:
    flat = make_run(train_mean_reward=[0.004 * scale] * 30, full_valid_mean_reward={30: 0.9 * scale})
    assert flat_reward(flat).status == "problem"
    fallen = np.concatenate([scale * CLIMB, [0.1 * scale] * 10])
    assert reward_collapse(make_run(train_mean_reward=fallen)).status == "problem"
    assert reward_collapse(make_run(train_mean_reward=scale * CLIMB)).status == "ok"


def test_percentages_saturate_at_one_hundred() -> None:
    assert saturated_reward(make_run(train_mean_reward=[96.0, 97.0] * 10)).status == "problem"
    assert saturated_reward(make_run(train_mean_reward=[56.0, 57.0] * 10)).status == "ok"


@pytest.mark.parametrize("rewards", [-120 + 3 * np.arange(30), np.full(30, -40.0), -12 * (1.2 - CLIMB)])
def test_a_cost_is_negative_by_design(rewards: np.ndarray) -> None:
    run = make_run(train_mean_reward=rewards)
    for check in (negative_reward, flat_reward, saturated_reward, reward_collapse):
        assert check(run).status in ("ok", "unknown")


def test_a_distillation_has_no_reward_by_design() -> None:
    run = make_run(
        train_mean_reward=[0.0] * 30,
        zero_std_group_share=[1.0] * 30,
        teacher_kl=4.5 * np.exp(-np.arange(30) / 5),
    )
    assert flat_reward(run).status == "not_applicable"
    assert vanishing_reward_variance(run).status == "not_applicable"
