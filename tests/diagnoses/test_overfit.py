from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("overfitting")
    assert report.diagnosis.name == "overfit"
    assert report.diagnosis.summary.startswith(
        "Overfit after epoch 2: validation loss rose from 1.21 to 1.79 (+47 %)"
    )
    assert "overfitting" in report.diagnosis.findings
    assert report.diagnosis.use is not None
