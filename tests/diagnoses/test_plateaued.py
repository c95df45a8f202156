from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("flat_validation_loss")
    assert report.diagnosis.name == "plateaued"
    assert report.diagnosis.summary.startswith("Plateaued: validation loss changes by")
    assert "flat_validation_loss" in report.diagnosis.findings
    assert report.diagnosis.use is not None
