from __future__ import annotations

import pytest

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
