from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("unfinished_run")
    assert report.diagnosis.name == "unfinished"
    assert report.diagnosis.summary.startswith("Unfinished: the last logged step is 600 of 1,200")
    assert "unfinished_run" in report.diagnosis.findings
    assert report.diagnosis.use is not None
