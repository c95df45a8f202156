from __future__ import annotations

import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import trainer_sft, until

from curvewise import Run
from curvewise.checks.unfinished_run import unfinished_run
from curvewise.testing import make_run


def test_a_run_that_stops_half_way_is_a_warning() -> None:
    finding = unfinished_run(make_run(every=10, train_loss=[2.0] * 60, planned_steps=1038))
    assert finding.status == "warning"
    assert finding.summary == "The last logged step is 600 of 1,038 planned (58 %)."


@pytest.mark.parametrize("planned", [100, 109, 105])
def test_the_steps_since_the_last_log_count_as_done(planned: int) -> None:
    assert unfinished_run(make_run(every=10, train_loss=[2.0] * 10, planned_steps=planned)).status == "ok"


def test_one_whole_log_too_few_is_missed_only_within_the_tolerance() -> None:
    run = make_run(every=10, train_loss=[2.0] * 10, planned_steps=115)
    assert unfinished_run(run).status == "warning"
    assert unfinished_run(run, least_share=0.85).status == "ok"


def test_a_run_under_way_is_not_judged() -> None:
    run = make_run(train_loss=[2.0] * 5, planned_steps=100, status="running")
    assert unfinished_run(run).status == "not_applicable"


def test_a_succeeded_job_that_stopped_early_is_judged() -> None:
    run = make_run(train_loss=[2.0] * 5, planned_steps=100, status="succeeded")
    assert unfinished_run(run).status == "warning"


@pytest.mark.parametrize("planned", [None, 0, -1])
def test_without_a_plan_there_is_nothing_to_judge(planned: int | None) -> None:
    assert unfinished_run(make_run(train_loss=[2.0], planned_steps=planned)).status == "not_applicable"


@exhibit("warning", group="records")
def nightly() -> Run:
    """The file was saved with checkpoint-600 while training went on: it ends at half of the plan."""
    run = trainer_sft(
        "nightly",
        lambda e: fall(e, 2.0, 0.8, 0.7),
        lambda e: fall(e, 2.0, 0.95, 0.6),
        seed=53,
    )
    return until(run, 600)
