from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("high_losses")
    assert report.diagnosis.name == "not_learning"
    assert report.diagnosis.summary.startswith("Not learning: training loss goes from")
    assert "high_losses" in report.diagnosis.findings
    assert report.diagnosis.use is not None
