from __future__ import annotations

import re

import pytest

from curvewise import Finding, Job, Run, ServiceError, Update, analyze
from curvewise.cli._display import Lines
from curvewise.cli._job_progress import best, place, stood, tally, values
from curvewise.cli._live_display import Screen

JOB = Job(id="ftjob-1", provider="openai", status="running")
BUSY, BUSY_AGAIN = (
    ServiceError("too many\x1b[2J requests", hint="wait", status=429, temporary=True) for _ in range(2)
)


def said(display: Lines, capsys: pytest.CaptureFixture[str], *updates: Update) -> list[str]:
    for update in updates:
        display.show(update)
    out, err = capsys.readouterr()
    assert out == ""
    return [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in err.splitlines()]


def test_nothing_is_written_when_nothing_changes(capsys: pytest.CaptureFixture[str]) -> None:
    update = Update(job=JOB, wait=1.0)
    assert said(Lines(), capsys, update, update, update) == ["running"]


def test_trouble_is_told_each_time_and_its_end_once(capsys: pytest.CaptureFixture[str]) -> None:
    well, ill = Update(job=JOB, wait=1.0), Update(job=JOB, trouble=BUSY, wait=30.0)
    again = Update(job=JOB, trouble=BUSY_AGAIN, wait=30.0)
    told = r"trouble: too many\x1b[2J requests; next try in 30 s"
    lines = said(Lines(), capsys, well, ill, ill, again, well, well)
    assert lines == ["running", told, told, "the trouble is over"]


def test_a_finding_is_told_when_it_alarms_and_when_it_no_longer_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alarm = Finding(check="late", status="crashed", summary="It broke.", reason="a bug")
    fine, unknown = Finding.ok("All is well.").of("late"), Finding.unknown("Too early.").of("other")
    updates = [Update(job=JOB, findings=each, wait=1.0) for each in [(unknown,), (alarm,), (fine,), (fine,)]]
    lines = said(Lines(), capsys, *updates)
    assert lines == ["running", "CRASHED late: It broke.", "CLEARED late: All is well."]


def test_where_a_job_stands_in_words() -> None:
    run = Run.from_series(
        {"train_loss": ([10, 20], [2.0, 1.0]), "full_valid_loss": ([10, 20], [1.5, float("nan")])},
        planned_steps=40,
        steps_per_epoch=10,
    )
    update = Update(job=JOB, run=run, report=analyze(run), wait=1.0)
    assert place(update) == "step 20 of 40, epoch 2"
    assert list(values(update)) == ["train_loss 1", "full_valid_loss 1.5"]
    assert best(update).startswith("step 10 (epoch 1), full_valid_loss 1.5")
    assert "ok" in tally(update)
    assert stood("ftjob-1", update, "x").splitlines()[1] == "  status: running, step 20 of 40, epoch 2"


@pytest.mark.parametrize(("epochs", "told"), [(99, "epoch 99"), (120, "epoch 120"), (1_250, "epoch 1,250")])
def test_many_epochs_are_told_in_full(epochs: int, told: str) -> None:
    run = Run.from_series({"train_loss": ([epochs], [1.0])}, steps_per_epoch=1)
    assert place(Update(job=JOB, run=run, report=analyze(run), wait=1.0)).endswith(f", {told}")


def test_a_plan_of_millions_of_years_is_no_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 165.0)
    screen = Screen()
    for step in (10, 11):
        run = Run.from_series({"train_loss": ([step], [1.0])}, planned_steps=2**53 - 1)
        update = Update(job=JOB, run=run, report=analyze(run), changed=True, wait=15.0)
        screen._pace.see(step, 15.0 * step)
    assert screen._times(update, 15.0) == "next look in 15 s"


def test_before_the_service_answered_there_is_nothing_to_tell() -> None:
    for update in (None, Update(job=Job(id="ftjob-1"), trouble=BUSY, wait=1.0)):
        text = stood("ftjob-1", update, "curvewise watch ftjob-1")
        assert text.splitlines()[0] == "stopped watching ftjob-1 before its service answered"
        assert text.endswith("curvewise watch ftjob-1")
