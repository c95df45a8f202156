from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("reward_gap")
    assert report.diagnosis.name == "reward_hacking"
    assert report.diagnosis.summary.startswith("Reward hacking: validation reward fell from 0.467 to 0.182")
    assert "reward_gap" in report.diagnosis.findings
    assert report.diagnosis.use is not None
