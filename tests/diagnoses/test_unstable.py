from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("loss_spikes")
    assert report.diagnosis.name == "unstable"
    assert report.diagnosis.summary.startswith("Unstable: 3 spikes among")
    assert "loss_spikes" in report.diagnosis.findings
    assert report.diagnosis.use is not None
