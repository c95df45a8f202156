from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("saturated_reward")
    assert report.diagnosis.name == "grader_too_lenient"
    assert report.diagnosis.summary.startswith("Grader too lenient: reward is 0.952")
    assert "saturated_reward" in report.diagnosis.findings
    assert report.diagnosis.use is None  # it rates the untrained model as high
