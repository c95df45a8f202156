from __future__ import annotations

from collections.abc import Callable

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("vanishing_reward_variance")
    assert report.diagnosis.name == "no_reward_signal"
    assert report.diagnosis.summary.startswith("No reward signal: ")
    assert "vanishing_reward_variance" in report.diagnosis.findings
    assert report.diagnosis.use is None


def test_of_a_reward_that_rose_it_says_that_the_prompts_are_learned() -> None:
    rewards = [min(1.0, 0.3 + 0.02 * step) for step in range(100)]
    run = make_run(kind="rft", train_mean_reward=rewards, zero_std_group_share=[0.95] * 100)
    report = analyze(run)
    assert report.diagnosis.name == "no_reward_signal"
    assert report.diagnosis.next[0].startswith("The prompts are learned")
    assert report.diagnosis.deploy
