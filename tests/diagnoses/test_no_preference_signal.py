from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("stalled_preference_accuracy")
    assert report.diagnosis.name == "no_preference_signal"
    assert report.diagnosis.summary.startswith("No preference signal: preference accuracy is 0.52")
    assert "stalled_preference_accuracy" in report.diagnosis.findings
    assert report.diagnosis.use is None
