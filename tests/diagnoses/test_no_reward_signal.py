from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("vanishing_reward_variance")
    assert report.diagnosis.name == "no_reward_signal"
    assert report.diagnosis.summary.startswith("No reward signal: ")
    assert "vanishing_reward_variance" in report.diagnosis.findings
    assert report.diagnosis.use is None
