from __future__ import annotations

import pytest
from gallery import exhibit
from gallery.jobs import service_rft

from curvewise import Run
from curvewise.checks.saturated_reward import saturated_reward
from curvewise.testing import make_run


def test_high_at_once_and_flat_is_a_problem() -> None:
    assert saturated_reward(make_run(train_mean_reward=[0.95, 0.97] * 10)).status == "problem"


def test_high_at_the_end_only_is_success() -> None:
    rewards = [0.3 + 0.03 * i for i in range(20)] + [0.95] * 20
    assert saturated_reward(make_run(train_mean_reward=rewards)).status == "ok"


def test_a_rise_from_nearly_the_top_is_no_learning() -> None:
    assert saturated_reward(make_run(train_mean_reward=[0.93, 0.95, 0.96] + [1.0] * 20)).status == "problem"
    learned = [0.4, 0.8, 1.0, 1.0, 1.0] + [1.0] * 20
    assert saturated_reward(make_run(train_mean_reward=learned)).status == "ok"


def test_flat_and_moderate_is_not_saturated() -> None:
    assert saturated_reward(make_run(train_mean_reward=[0.5] * 20)).status == "ok"


def test_ungraded_rollouts_do_not_hide_it() -> None:
    run = make_run(train_mean_reward=[0.76] * 20, train_ungraded_rate=[0.1] * 20)
    assert saturated_reward(run).status == "problem"


def test_a_flat_reward_on_an_unknown_scale_is_not_judged() -> None:
    finding = saturated_reward(make_run(train_mean_reward=[3.0] * 20))
    assert finding.status == "unknown"
    assert "full" in finding.reason
    assert saturated_reward(make_run(train_mean_reward=[3.0] * 20), full=3.2).status == "problem"


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [(9.7, 9.6, "problem"), (97.0, 96.0, "problem"), (9.7, 14.0, "ok"), (8.0, 8.0, "unknown")],
)
def test_marks_out_of_ten_and_percentages_have_a_top(start: float, end: float, status: str) -> None:
    rewards = [start] * 10 + [end] * 10
    assert saturated_reward(make_run(train_mean_reward=rewards)).status == status


@exhibit("problem", group="rewards")
def easy_sums() -> Run:
    """The prompts are too easy: the untrained model earns 96 %, and there is nothing to learn."""
    return service_rft("easy-sums", lambda t: 0.96 + 0.0001 * t, lambda t: 0.965 + 0 * t, seed=76, last=60)
