from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("entropy_collapse")
    assert report.diagnosis.name == "entropy_collapse"
    assert report.diagnosis.summary.startswith("Entropy collapse: entropy fell")
    assert "entropy_collapse" in report.diagnosis.findings
