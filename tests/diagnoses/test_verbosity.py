from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("token_growth")
    assert report.diagnosis.name == "verbosity"
    assert report.diagnosis.summary.startswith("Verbosity: completion tokens went from")
    assert "token_growth" in report.diagnosis.findings
    assert report.diagnosis.use is not None
