from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("negative_reward")
    assert report.diagnosis.name == "grader_broken"
    assert report.diagnosis.summary.startswith("Grader broken: reward is negative")
    assert "negative_reward" in report.diagnosis.findings
    assert report.diagnosis.use is None


@pytest.mark.parametrize(
    ("rates", "name"),
    [
        ([0.2] * 20 + [0.9] + [0.2] * 19, "grader_errors"),  # one bad step is not a broken grader
        ([0.7] * 40, "grader_broken"),
        ([0.1] * 20 + [0.6] * 20, "grader_broken"),  # it broke, and stayed so
    ],
)
def test_a_grader_is_broken_that_fails_on_most_rollouts_and_not_at_one_step(
    rates: list[float], name: str
) -> None:
    rewards = np.linspace(0.3, 0.6, 40)
    metrics = {"train_other_error_rate/python": dict(enumerate(rates, 1))}
    report = analyze(make_run(train_mean_reward=rewards, full_valid_mean_reward=rewards, metrics=metrics))
    assert report.diagnosis.name == name
