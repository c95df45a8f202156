from __future__ import annotations

import pytest
from gallery import exhibit
from gallery.curves import fall
from gallery.jobs import service_sft, until

from curvewise import Run
from curvewise.checks.failed_job import failed_job
from curvewise.testing import make_run


@pytest.mark.parametrize("status", ["failed", "Failed", "error"])
def test_a_failed_job_is_a_problem_that_names_the_last_step(status: str) -> None:
    finding = failed_job(make_run(every=10, train_loss=[2.0, 1.5], status=status))
    assert finding.status == "problem"
    assert finding.summary == f"The job has the status {status!r} after step 20."


@pytest.mark.parametrize("status", ["cancelled", "canceled"])
def test_a_cancelled_job_is_a_warning_in_either_spelling(status: str) -> None:
    assert failed_job(make_run(train_loss=[2.0], status=status)).status == "warning"


def test_the_provider_is_quoted() -> None:
    finding = failed_job(make_run(status="failed", error="quota exceeded"))
    assert finding.summary == "The job has the status 'failed' before any step was logged: quota exceeded"


def test_an_error_counts_without_a_status() -> None:
    finding = failed_job(make_run(train_loss=[2.0], error="grader raised"))
    assert finding.status == "problem"
    assert "reports an error after step 1: grader raised" in finding.summary


@pytest.mark.parametrize("status", ["succeeded", "running", "a word of tomorrow"])
def test_any_other_status_without_an_error_is_sound(status: str) -> None:
    assert failed_job(make_run(train_loss=[2.0], status=status)).status == "ok"


def test_without_a_status_there_is_nothing_to_judge() -> None:
    assert failed_job(make_run(train_loss=[2.0])).status == "not_applicable"


@exhibit("problem", group="records")
def complaints() -> Run:
    """The service stopped the job in its second epoch: the validation file broke its content rules."""
    run = service_sft(
        "complaints",
        lambda e: fall(e, 2.0, 0.8, 0.9),
        lambda e: fall(e, 2.05, 0.95, 0.8),
        seed=51,
        status="failed",
        error="the validation file holds content that is not allowed (content_filter)",
        final_model=None,
    )
    return until(run, 110)


@exhibit("warning", group="records")
def complaints_again() -> Run:
    """Somebody cancelled the job after three of five epochs."""
    run = service_sft(
        "complaints-again",
        lambda e: fall(e, 2.0, 0.8, 0.9),
        lambda e: fall(e, 2.05, 0.95, 0.8),
        seed=52,
        status="cancelled",
        final_model=None,
    )
    return until(run, 187)
