from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("negative_reward")
    assert report.diagnosis.name == "grader_broken"
    assert report.diagnosis.summary.startswith("Grader broken: reward is negative")
    assert "negative_reward" in report.diagnosis.findings
    assert report.diagnosis.use is None
