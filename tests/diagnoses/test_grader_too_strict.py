from __future__ import annotations

from collections.abc import Callable

from curvewise import Report


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("flat_reward")
    assert report.diagnosis.name == "grader_too_strict"
    assert report.diagnosis.summary.startswith("Grader too strict: mean reward is 0.00")
    assert "flat_reward" in report.diagnosis.findings
    assert report.diagnosis.use is None


def test_an_answer_that_earns_by_its_form_alone_is_part_of_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("format_reward_only")
    assert report.diagnosis.name == "grader_too_strict"
    assert "format rose" in report.diagnosis.summary


def test_a_negative_reward_that_climbs_a_little_is_part_of_it(diagnosed: Callable[[str], Report]) -> None:
    assert diagnosed("negative_reward_warning").diagnosis.name == "grader_too_strict"
