from __future__ import annotations

from collections.abc import Callable

import pytest

from curvewise import Report, analyze
from curvewise.testing import make_run


def test_it_is_told_of_a_run_that_shows_it(diagnosed: Callable[[str], Report]) -> None:
    report = diagnosed("unfinished_run")
    assert report.diagnosis.name == "unfinished"
    assert report.diagnosis.summary.startswith("Unfinished: the last logged step is 600 of 1,200")
    assert "unfinished_run" in report.diagnosis.findings
    assert report.diagnosis.use is not None


def test_a_short_log_with_evaluations_is_no_excerpt() -> None:
    valid = {3 * n: 3.0 - 0.03 * n for n in range(1, 10)}
    report = analyze(
        make_run(
            train_loss=[3.0 - 0.03 * n for n in range(9)], every=3, full_valid_loss=valid, planned_steps=124
        )
    )
    assert report.diagnosis.name == "unfinished"


@pytest.mark.parametrize(("first", "is_told"), [(900, False), (100, True)])
def test_a_few_lines_from_the_middle_of_a_log_tell_no_end(first: int, is_told: bool) -> None:
    steps = {first: 0.9, (first + 1000) // 2: 0.85, 1000: 0.8}
    run = make_run(train_loss=steps, full_valid_loss=dict.fromkeys(steps, 0.9), planned_steps=4000)
    assert (analyze(run).diagnosis.name == "unfinished") == is_told
