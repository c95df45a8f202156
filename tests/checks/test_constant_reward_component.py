from __future__ import annotations

import numpy as np
import pytest
from gallery import exhibit
from gallery.curves import climb, shares, steps
from gallery.jobs import series, trainer_rft

from curvewise import Run
from curvewise.checks.constant_reward_component import constant_reward_component
from curvewise.testing import make_run


@pytest.mark.parametrize(
    ("xml", "status"),
    [([0.0] * 12, "warning"), ([0.5] * 12, "ok"), ([0.0] * 11 + [0.1], "ok"), ([0.0] * 9, "ok")],
)
def test_a_part_that_never_pays_is_named(xml: list[float], status: str) -> None:
    run = make_run(metrics={"train_grader_reward/answer": [0.1, 0.3] * 6, "train_grader_reward/xml": xml})
    assert constant_reward_component(run).status == status


def test_where_no_part_pays_the_reward_itself_is_flat() -> None:
    run = make_run(metrics={"train_grader_reward/answer": [0.0] * 20, "train_grader_reward/xml": [0.0] * 20})
    assert constant_reward_component(run).status == "ok"


def test_few_steps_say_nothing() -> None:
    run = make_run(metrics={"train_grader_reward/answer": [0.1] * 3, "train_grader_reward/xml": [0.0] * 3})
    assert constant_reward_component(run).status == "unknown"


@exhibit("warning", group="rewards")
def strict_xml() -> Run:
    """The pattern for the XML tags wants line ends that the model never writes: that part never pays."""
    at = steps(400, 5)
    t = at.astype(np.float64)
    right = shares(climb(t, 0.2, 0.7, 140, 50), 256, 141)
    return trainer_rft(
        "strict-xml",
        lambda t: 0 * t,
        seed=142,
        metrics={
            "train_mean_reward": series(at, right),
            "train_grader_reward/correctness": series(at, right),
            "train_grader_reward/strict_xml": series(at, 0 * t),
        },
    )
