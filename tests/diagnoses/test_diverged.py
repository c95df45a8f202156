from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("divergence")
    assert report.diagnosis.name == "diverged"
    assert report.diagnosis.summary.startswith("Diverged: both losses end above their best")
    assert "divergence" in report.diagnosis.findings
    assert report.diagnosis.use is not None
