from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb, shares, steps
from gallery.jobs import series, trainer_rft

from curvewise import Run
from curvewise.checks.clipped_updates import clipped_updates
from curvewise.testing import make_run


@pytest.mark.parametrize(("share", "status"), [(0.0, "ok"), (0.2, "ok"), (0.35, "warning"), (0.6, "problem")])
def test_the_share_is_judged(share: float, status: str) -> None:
    run = make_run(train_mean_reward=[0.4] * 12, clipped_update_share=[share] * 12)
    finding = clipped_updates(run)
    assert finding.status == status
    assert ("the reward did not clearly change" in finding.summary) == (status != "ok")


def _clipped(name: str, high: float, seed: int) -> Run:
    at = steps(400, 5)
    share = shares(climb(at.astype(np.float64), 0.1, high, 120, 40), 512, seed)
    return trainer_rft(
        name,
        lambda t: climb(t, 0.3, 0.45, 90, 40),
        seed=seed,
        metrics={"clipped_update_share": series(at, share)},
    )


@exhibit("problem", group="rollouts")
def eight_epochs_a_batch() -> Run:
    """Each batch of rollouts is used eight times: two thirds of the tokens are beyond the clip range."""
    return _clipped("eight-epochs-a-batch", 0.66, 125)


@exhibit("warning", group="rollouts")
def four_epochs_a_batch() -> Run:
    """Each batch of rollouts is used four times: a third of the tokens is clipped."""
    return _clipped("four-epochs-a-batch", 0.36, 126)
