from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("non_finite_values")
    assert report.diagnosis.name == "broken"
    assert report.diagnosis.summary.startswith("Broken from step 620 on")
    assert "non_finite_values" in report.diagnosis.findings
    assert report.diagnosis.use is not None
