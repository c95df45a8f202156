from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("missing_validation")
    assert report.diagnosis.name == "insufficient_data"
    assert report.diagnosis.summary.startswith("No validation data: training loss from")
    assert "missing_validation" in report.diagnosis.findings
    assert report.diagnosis.use is None
