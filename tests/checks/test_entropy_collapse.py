from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb, fall, scattered, steps
from gallery.jobs import Curve, series, trainer_rft

from curvewise import Run, Series
from curvewise.checks.entropy_collapse import entropy_collapse
from curvewise.testing import make_run

SPENT = [0.8] * 10 + [0.01] * 10


def test_spent_entropy_without_a_rise_is_a_problem() -> None:
    assert entropy_collapse(make_run(train_mean_reward=[0.2] * 20, entropy=SPENT)).status == "problem"


def test_spent_entropy_after_a_rise_is_only_watched() -> None:
    run = make_run(train_mean_reward=[0.05 * i for i in range(20)], entropy=SPENT)
    assert entropy_collapse(run).status == "warning"


@pytest.mark.parametrize(
    ("top", "scale", "status"), [(0.97, 1, "ok"), (0.97, 100, "ok"), (0.8, 1, "warning")]
)
def test_spent_entropy_costs_nothing_where_the_task_is_solved(top: float, scale: float, status: str) -> None:
    rewards = scale * np.concatenate([np.linspace(0.3, top, 10), np.full(10, top)])
    assert entropy_collapse(make_run(train_mean_reward=rewards, entropy=SPENT)).status == status


def test_three_quarters_spent_for_nothing_are_watched() -> None:
    spent = [0.8] * 10 + [0.15] * 10
    assert entropy_collapse(make_run(train_mean_reward=[0.2] * 20, entropy=spent)).status == "warning"
    paid = make_run(train_mean_reward=[0.05 * i for i in range(20)], entropy=spent)
    assert entropy_collapse(paid).status == "ok"


def test_falling_entropy_is_normal() -> None:
    run = make_run(train_mean_reward=[0.2] * 20, entropy=[0.8 - 0.03 * i for i in range(20)])
    assert entropy_collapse(run).status == "ok"


def test_entropy_that_begins_at_zero_cannot_fall() -> None:
    assert entropy_collapse(make_run(kind="rft", entropy=[0.0] * 20)).status == "unknown"
    assert entropy_collapse(make_run(kind="rft", entropy=[0.8] * 14)).status == "unknown"


@exhibit("problem", group="rewards")
def one_answer_only() -> Run:
    """Cold sampling and a high learning rate: within 150 steps all rollouts are alike, and none is better."""
    return trainer_rft(
        "one-answer-only",
        lambda t: 0.31 + 0 * t,
        seed=83,
        metrics={"entropy": _entropy(lambda t: fall(t, 0.9, 0.015, 45), 84)},
    )


@exhibit("warning", group="rewards")
def tool_choice() -> Run:
    """The reward climbed to 0.9, and cost nearly all the entropy there was: little is left to explore."""
    return trainer_rft(
        "tool-choice",
        lambda t: climb(t, 0.3, 0.9, 110, 35),
        seed=85,
        metrics={"entropy": _entropy(lambda t: fall(t, 0.8, 0.03, 110), 86)},
    )


def _entropy(level: Curve, seed: int) -> Series:
    at = steps(400, 5)
    return series(at, scattered(level(at.astype(np.float64)), 0.06, seed))
