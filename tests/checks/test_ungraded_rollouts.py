from __future__ import annotations

from pathlib import Path

import pytest
from gallery import exhibit
from gallery.curves import climb, shares
from gallery.jobs import Curve, rollout_job

from curvewise import Run
from curvewise.checks.ungraded_rollouts import ungraded_rollouts
from curvewise.testing import make_run


@pytest.mark.parametrize(("share", "status"), [(0.04, "ok"), (0.05, "warning"), (0.2, "problem")])
def test_the_share_is_judged(share: float, status: str) -> None:
    assert ungraded_rollouts(make_run(kind="rft", train_ungraded_rate=[share] * 9)).status == status


def test_what_they_cost_the_mean_is_said() -> None:
    run = make_run(train_mean_reward=[0.53] * 9, train_ungraded_rate=[0.1] * 9)
    finding = ungraded_rollouts(run)
    assert "lower the mean reward by 0.170" in finding.summary
    assert finding.evidence[-1].value == pytest.approx(0.17)


def test_without_a_share_the_question_does_not_arise() -> None:
    assert ungraded_rollouts(make_run(train_mean_reward=[0.5])).status == "not_applicable"


def test_ungraded_rollouts_of_a_real_run_show_where_no_column_tells_them(corpus: Path) -> None:
    import curvewise

    run = curvewise.load(str(corpus / "openai_rft_csv" / "aparna-spektra__training_metrics_v7.csv"))
    finding = ungraded_rollouts(run)
    assert run["mean_unresponsive_rewards"].value.max() == 0
    assert [round(item.value, 3) for item in finding.evidence[:2]] == [0.04, 0.166]


@exhibit("problem", group="rollouts")
def sandbox() -> Run:
    """A sandbox out of memory leaves a quarter of the rollouts without a grade; each counts as -1."""
    return rollout_job("sandbox", seed=93, ungraded=_curve(lambda t: climb(t, 0.03, 0.27, 60, 12), 94))


@exhibit("warning", group="rollouts")
def slow_search() -> Run:
    """One rollout in twelve reaches the time limit of its tool and gets no grade."""
    return rollout_job("slow-search", seed=95, ungraded=_curve(lambda t: 0.085 + 0 * t, 96))


def _curve(level: Curve, seed: int) -> Curve:
    """Return a share that scatters from step to step."""
    return lambda t: shares(level(t), 256, seed)
