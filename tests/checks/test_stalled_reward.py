from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.jobs import trainer_rft

from curvewise import Run
from curvewise.checks.stalled_reward import stalled_reward
from curvewise.testing import make_run

TIME = np.linspace(0, 1, 120)
NOISE = 0.02 * np.random.default_rng(8).standard_normal(120)


@pytest.mark.parametrize("scale", [1, 100])
@pytest.mark.parametrize(
    ("rewards", "status"),
    [
        (0.5 + 0 * TIME, "warning"),
        (0.5 + NOISE, "warning"),
        (0.3 + 0.3 * TIME + NOISE, "ok"),
        (0.6 - 0.3 * TIME + NOISE, "ok"),
        (0.95 + NOISE / 9, "ok"),
        (0.5 + 15 * NOISE, "ok"),
    ],
)
def test_a_level_reward_with_room_above_it_is_watched(rewards: np.ndarray, status: str, scale: float) -> None:
    assert stalled_reward(make_run(train_mean_reward=scale * rewards)).status == status


def test_a_rise_that_is_sure_and_small_is_not_called_level() -> None:
    found = stalled_reward(make_run(train_mean_reward=0.5 + 0.03 * TIME + NOISE / 9))
    assert found.status == "warning"
    assert found.summary.startswith("The reward hardly rises: from 0.50")


def test_a_reward_of_zero_has_a_check_of_its_own() -> None:
    assert stalled_reward(make_run(train_mean_reward=0 * TIME)).status == "ok"


def test_ten_steps_say_nothing() -> None:
    assert stalled_reward(make_run(train_mean_reward=[0.5] * 10)).status == "unknown"


def test_a_distillation_is_not_judged() -> None:
    run = make_run(train_mean_reward=0.5 + 0 * TIME, teacher_kl=5 - 4 * TIME)
    assert stalled_reward(run).status == "not_applicable"


@exhibit("warning", group="rewards")
def held_too_tight() -> Run:
    """A KL coefficient of 0.5 holds the policy at the reference model: the reward stays at 0.42."""
    return trainer_rft("held-too-tight", lambda t: 0.42 + 0 * t, seed=161)
