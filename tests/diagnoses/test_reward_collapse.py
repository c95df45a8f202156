from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("reward_collapse")
    assert report.diagnosis.name == "reward_collapse"
    assert report.diagnosis.summary.startswith("Reward collapse: 0.775 around")
    assert "reward_collapse" in report.diagnosis.findings
    assert report.diagnosis.use is not None
