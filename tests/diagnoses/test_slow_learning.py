from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("low_learning_rate")
    assert report.diagnosis.name == "slow_learning"
    assert report.diagnosis.summary.startswith("Slow learning: ")
    assert "low_learning_rate" in report.diagnosis.findings
    assert report.diagnosis.use is not None
