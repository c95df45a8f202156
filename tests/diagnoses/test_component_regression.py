from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("component_regression")
    assert report.diagnosis.name == "component_regression"
    assert report.diagnosis.summary.startswith("Component regression: tests fell")
    assert report.diagnosis.next[0] == "Choose the checkpoint by tests as well."
