from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("ungraded_rollouts")
    assert report.diagnosis.name == "grader_errors"
    assert report.diagnosis.summary.startswith("Grader errors: ")
    assert "ungraded_rollouts" in report.diagnosis.findings
    assert report.diagnosis.use is not None
