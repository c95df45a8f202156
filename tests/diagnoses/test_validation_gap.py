from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("initial_gap")
    assert report.diagnosis.name == "validation_gap"
    assert report.diagnosis.summary.startswith("Validation gap: ")
    assert "initial_gap" in report.diagnosis.findings
    assert report.diagnosis.use is not None
