from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb, shares, steps
from gallery.jobs import series, trainer_rft

from curvewise import Run
from curvewise.checks.clipped_completions import clipped_completions
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("share", "status"), [(0.0, "ok"), (0.1, "warning"), (0.5, "problem"), (1.0, "problem")]
)
def test_the_share_is_judged(share: float, status: str) -> None:
    assert clipped_completions(make_run(kind="rft", clipped_completion_share=[share] * 5)).status == status


def test_what_the_reward_did_is_said() -> None:
    run = make_run(train_mean_reward=[0.4] * 12, clipped_completion_share=[0.95] * 12)
    assert "the reward did not clearly change" in clipped_completions(run).summary


@exhibit("problem", group="rollouts")
def short_leash() -> Run:
    """A length limit of 256 tokens for proofs: most rollouts are cut before they come to their answer."""
    return trainer_rft(
        "short-leash",
        lambda t: 0.14 + 0 * t,
        seed=113,
        metrics={
            "clipped_completion_share": series(
                steps(400, 5), shares(climb(steps(400, 5), 0.45, 0.72, 120, 50), 128, 114)
            ),
            "completion_tokens_mean": series(steps(400, 5), 256 - 40 * np.exp(-steps(400, 5) / 90)),
        },
    )


@exhibit("warning", group="rollouts")
def near_the_limit() -> Run:
    """Answers grow towards the limit: one in five is now cut, while the reward still climbs."""
    return trainer_rft(
        "near-the-limit",
        lambda t: climb(t, 0.3, 0.7, 150, 50),
        seed=115,
        metrics={
            "clipped_completion_share": series(
                steps(400, 5), shares(climb(steps(400, 5), 0.02, 0.2, 220, 50), 128, 116)
            )
        },
    )
