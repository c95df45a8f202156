from __future__ import annotations

import pytest

from curvewise import Report, UsageError, watch
from curvewise.errors import NotFoundError
from curvewise.simulator import JOB, SimulatedService
from tests.standin import jobs
from tests.standin.fixtures import StandinFactory, point_at


class Clock:
    """A time that moves when a watch waits."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def test_the_job_goes_from_its_queue_to_its_report() -> None:
    clock = Clock()
    updates = list(
        watch(f"openai://{JOB}", interval=0.5, service=SimulatedService(10.0, clock), wait=clock.wait)
    )
    assert list(dict.fromkeys(update.job.status for update in updates)) == [
        "validating_files",
        "running",
        "succeeded",
    ]
    assert len(updates) == 50
    assert (report := updates[-1].report) is not None
    assert report.diagnosis.use is not None
    assert report.diagnosis.use.step == 120


def test_its_report_is_that_of_the_standin_behind_the_sdk(
    standin: StandinFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openai")
    server = standin([jobs.demo()])
    point_at(server, monkeypatch)
    clock = Clock()
    service = SimulatedService(10.0, clock)
    clock.now += 1000.0  # the job is over
    simulated = last(f"openai://{JOB}", service)
    over_http = last(f"openai://{server.id('demo')}", None)
    assert judged(simulated) == judged(over_http)


@pytest.mark.parametrize("ask", ["events", "checkpoints"])
def test_pages_follow_one_another(ask: str) -> None:
    clock = Clock()
    service = SimulatedService(10.0, clock)
    clock.now += 1000.0
    whole = getattr(service, ask)(JOB, limit=1000)
    first = getattr(service, ask)(JOB, limit=5)
    second = getattr(service, ask)(JOB, after=first.objects[-1]["id"], limit=1000)
    assert (whole.has_more, first.has_more, second.has_more) == (False, True, False)
    assert first.objects + second.objects == whole.objects


def test_what_it_does_not_have_is_refused() -> None:
    service = SimulatedService(10.0)
    with pytest.raises(NotFoundError, match="knows no 'ftjob-x'"):
        service.job("ftjob-x")
    with pytest.raises(UsageError, match="cannot be paused"):
        service.pause(JOB)


def last(address: str, service: SimulatedService | None) -> Report:
    *_, update = watch(address, service=service)
    assert update.report is not None
    return update.report


def judged(report: Report) -> list[object]:
    """Return what was judged, without advice, which names the models."""
    findings = [(each.check, each.status, each.summary, each.evidence) for each in report.findings]
    return [report.headline, report.selection.best and report.selection.best.step, findings]
