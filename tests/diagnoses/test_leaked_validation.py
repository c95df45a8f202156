from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("validation_leakage")
    assert report.diagnosis.name == "leaked_validation"
    assert report.diagnosis.summary.startswith("Validation leaks: ")
    assert "validation_leakage" in report.diagnosis.findings
    assert report.diagnosis.use is not None
