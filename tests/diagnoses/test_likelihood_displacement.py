from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("likelihood_displacement")
    assert report.diagnosis.name == "likelihood_displacement"
    assert report.diagnosis.summary.startswith("Likelihood displacement: ")
    assert "likelihood_displacement" in report.diagnosis.findings
    assert report.diagnosis.use is not None
