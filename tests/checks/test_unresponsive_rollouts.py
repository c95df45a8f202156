from __future__ import annotations

import pytest
from gallery import exhibit
from gallery.curves import climb
from gallery.jobs import rate, rollout_job

from curvewise import Run
from curvewise.checks.unresponsive_rollouts import unresponsive_rollouts
from curvewise.testing import make_run


@pytest.mark.parametrize(("share", "status"), [(0.0, "ok"), (0.05, "warning"), (0.2, "problem")])
def test_the_share_is_judged(share: float, status: str) -> None:
    assert unresponsive_rollouts(make_run(kind="rft", mean_unresponsive_rewards=[share] * 9)).status == status


def test_only_recent_steps_count() -> None:
    run = make_run(kind="rft", mean_unresponsive_rewards=[0.9] * 10 + [0.0] * 20)
    finding = unresponsive_rollouts(run)
    assert finding.status == "ok"
    assert "over the last 20 of 30 steps" in finding.summary
    assert finding.evidence[1].value == 0.9


@exhibit("problem", group="rollouts")
def better_silent() -> Run:
    """Every attempt is punished, so the policy learns to say nothing: a third of the answers are empty."""
    return rollout_job(
        "better-silent",
        seed=105,
        learns=False,
        metrics={"mean_unresponsive_rewards": rate(lambda t: climb(t, 0.01, 0.34, 70, 14), 106)},
    )


@exhibit("warning", group="rollouts")
def tight_budget() -> Run:
    """One answer in ten is empty: it ran out of tokens while reasoning."""
    return rollout_job(
        "tight-budget",
        seed=107,
        metrics={"mean_unresponsive_rewards": rate(lambda t: climb(t, 0.02, 0.1, 50, 20), 108)},
    )
