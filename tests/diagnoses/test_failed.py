from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("failed_job")
    assert report.diagnosis.name == "failed"
    assert report.diagnosis.summary.startswith("Failed: the job has the status 'failed'")
    assert "failed_job" in report.diagnosis.findings
    assert report.diagnosis.use is None
