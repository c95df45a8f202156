from __future__ import annotations

from collections.abc import Callable

import numpy as np

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("reward_gap")
    assert report.diagnosis.name == "reward_hacking"
    assert report.diagnosis.summary.startswith("Reward hacking: validation reward fell from 0.467 to 0.182")
    assert "reward_gap" in report.diagnosis.findings
    assert report.diagnosis.use is not None


def test_a_training_reward_that_collapsed_as_well_is_no_hacking() -> None:
    climb = np.linspace(0.3, 0.9, 30)
    train = np.concatenate([climb, np.full(30, 0.45)])
    valid = {step: float(train[step - 1] - (0.08 if step > 30 else 0.0)) for step in range(5, 61, 5)}
    report = analyze(make_run(train_mean_reward=train, full_valid_mean_reward=valid))
    assert report.diagnosis.name == "reward_collapse"


def test_a_small_gap_beside_spent_entropy_is_no_hacking() -> None:
    noise = 0.01 * np.sin(3 * np.arange(60))
    run = make_run(
        train_mean_reward=0.5 + noise,
        full_valid_mean_reward=dict.fromkeys(range(5, 61, 5), 0.43),
        entropy=1.5 * np.exp(-np.arange(60) / 8),
    )
    assert analyze(run).diagnosis.name == "entropy_collapse"


def test_a_large_gap_beside_lost_entropy_is_no_hacking_unless_the_training_reward_rose() -> None:
    noise = 0.01 * np.sin(3 * np.arange(60))
    for rise, name in ((0.0, "entropy_collapse"), (0.4, "reward_hacking")):
        run = make_run(
            train_mean_reward=0.5 + rise * np.arange(60) / 60 + noise,
            full_valid_mean_reward=dict.fromkeys(range(5, 61, 5), 0.2),
            entropy=1.5 * np.exp(-np.arange(60) / 8),
        )
        assert analyze(run).diagnosis.name == name
