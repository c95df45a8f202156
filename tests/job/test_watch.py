from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import pytest
from msgspec.structs import replace

import curvewise
from curvewise import Update
from curvewise.errors import CredentialsError, CurvewiseError, NotFoundError, ServiceError, UsageError
from curvewise.job import watch as watching
from curvewise.providers._environment import openai_account
from curvewise.providers._fine_tuning_api import FineTuningApi
from tests.standin import ByHand, ByRequest, Standin, faults, jobs
from tests.standin.fixtures import point_at

Serve = Callable[..., Standin]

JOB = "GET /fine_tuning/jobs/*"
EVENTS = "GET /fine_tuning/jobs/*/events"


@pytest.fixture
def serve(standin: Serve, environment: pytest.MonkeyPatch) -> Serve:
    """Start a stand-in that `curvewise.watch` connects to, by the SDK and without its retries."""
    environment.setattr(watching, "connect", lambda _: FineTuningApi(openai_account(), max_retries=0))
    return lambda *arguments, **options: point_at(standin(*arguments, **options), environment)


class Waits:
    """Notes the seconds that were to be waited, and does something instead."""

    def __init__(self, *deeds: Callable[[], object]) -> None:
        self.seconds: list[float] = []
        self._deeds = list(deeds)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self._deeds:
            self._deeds.pop(0)()


def nothing() -> None:
    pass


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("small-sft", "succeeded"),
        ("failed", "failed"),
        ("cancelled", "cancelled"),
        ("paused", "paused"),
        ("rft", "succeeded"),
        ("dpo", "succeeded"),
    ],
)
def test_it_ends_by_itself_with_a_report_as_load_and_analyze_give_it(
    serve: Serve, name: str, status: str
) -> None:
    server = serve([jobs.BY_NAME[name]()], clock=ByRequest(each=7))
    address = f"openai://{server.id(name)}"
    updates = list(curvewise.watch(address, wait=Waits()))
    last = updates[-1]
    assert [update.is_last for update in updates] == [False] * (len(updates) - 1) + [True]
    assert last.job.status == status
    assert updates[0].job.status == "running"
    assert last.report == curvewise.analyze(curvewise.load(address))


def test_before_the_first_metric_there_is_a_job_and_no_report(serve: Serve) -> None:
    server = serve([jobs.small_sft()], clock=ByHand())
    job = server.id("small-sft")
    waits = Waits(nothing, *[lambda: server.advance(job)] * 4)
    updates = islice(curvewise.watch(f"openai://{job}", wait=waits), 6)
    told = [(update.job.status, update.changed, update.report is None) for update in updates]
    assert told == [
        ("validating_files", True, True),
        ("validating_files", False, True),
        ("queued", True, True),
        ("running", True, True),
        ("running", True, False),
        ("running", True, False),
    ]
    assert waits.seconds == [15.0] * 5


def test_a_job_that_fails_before_its_first_metric_is_a_problem(serve: Serve) -> None:
    failed = jobs.failed()
    ending = replace(failed.ending, at=0)
    server = serve([replace(failed, ending=ending, checkpoints=())], clock=ByRequest())
    last = list(curvewise.watch(f"openai://{server.id('failed')}", wait=Waits()))[-1]
    assert last.report is not None
    assert last.report.finding("failed_job").status == "problem"
    assert last.report.verdict == "problem"


def test_findings_are_told_when_they_change_and_messages_once(serve: Serve) -> None:
    server = serve([jobs.small_sft()], clock=ByRequest(each=10))
    updates = list(curvewise.watch(f"openai://{server.id('small-sft')}", wait=Waits()))
    told: dict[str, str] = {}
    for update in updates:
        assert all(told.get(finding.check) != finding.status for finding in update.findings)
        told |= {finding.check: finding.status for finding in update.findings}
    assert updates[-1].report is not None
    assert told == {finding.check: finding.status for finding in updates[-1].report.findings}
    said = [message for update in updates for message in update.messages]
    assert len(said) == len(set(said))
    assert any("Checkpoint created" in message for message in said)
    assert sum(update.new_events for update in updates) > len(said)


def test_a_hundred_looks_without_news_cost_one_request_for_the_job_and_one_for_its_events(
    serve: Serve,
) -> None:
    server = serve([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 42)
    updates = curvewise.watch(f"openai://{server.id('small-sft')}", wait=Waits())
    next(updates)
    before = server.counts()
    changed = [next(updates).changed for _ in range(100)]
    updates.close()
    assert not any(changed)
    spent = {path: count - before.get(path, 0) for path, count in server.counts().items()}
    assert {path: count for path, count in spent.items() if count} == {
        "GET /fine_tuning/jobs/{job}": 100,
        "GET /fine_tuning/jobs/{job}/events": 100,
    }


def test_news_cost_a_page_of_events_and_one_of_checkpoints(serve: Serve) -> None:
    server = serve([jobs.small_sft(steps=1200)], clock=ByHand())
    server.advance("small-sft", 12)
    updates = curvewise.watch(
        f"openai://{server.id('small-sft')}", wait=lambda _: server.advance("small-sft")
    )
    next(updates)
    before = server.counts()
    fresh = [next(updates).new_events for _ in range(100)]
    updates.close()
    assert min(fresh) >= 1
    spent = {path: count - before.get(path, 0) for path, count in server.counts().items()}
    assert {path: count for path, count in spent.items() if count} == {
        "GET /fine_tuning/jobs/{job}": 100,
        "GET /fine_tuning/jobs/{job}/events": 100,
        "GET /fine_tuning/jobs/{job}/checkpoints": 100,
    }


@pytest.mark.parametrize(
    "fault",
    [faults.failing(429), faults.failing(500), faults.failing(503), faults.html(), faults.dropped()],
    ids=["429", "500", "503", "html", "dropped"],
)
@pytest.mark.parametrize("asked", [JOB, EVENTS])
def test_trouble_that_passes_is_told_and_waited_for(serve: Serve, fault: faults.Fault, asked: str) -> None:
    server = serve([jobs.small_sft()], clock=ByRequest(each=10))
    server.faults.add(asked, fault, times=3, skip=2)
    waits = Waits()
    updates = list(curvewise.watch(f"openai://{server.id('small-sft')}", interval=10.0, wait=waits))
    troubled = [update for update in updates if update.trouble is not None]
    assert [update.wait for update in troubled] == [10.0, 20.0, 40.0]
    assert all(update.job.status == "running" and not update.changed for update in troubled)
    assert waits.seconds[-1] == 10.0
    assert updates[-1].job.status == "succeeded"
    assert updates[-1].report == curvewise.analyze(curvewise.load(f"openai://{server.id('small-sft')}"))


def test_events_that_came_with_a_failed_look_are_not_lost(serve: Serve) -> None:
    server = serve([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 20)
    waits = Waits(lambda: server.advance("small-sft", 5), nothing)
    updates = curvewise.watch(f"openai://{server.id('small-sft')}", wait=waits)
    first = next(updates)
    server.faults.add(JOB, faults.failing(500), times=1)
    troubled, after = next(updates), next(updates)
    updates.close()
    assert step(first) == step(troubled) == 18
    assert troubled.trouble is not None
    assert after.changed
    assert step(after) == 23
    assert after.new_events > 0


def test_a_restart_of_the_server_is_outlived(serve: Serve) -> None:
    server = serve([jobs.small_sft()], clock=ByRequest(each=20))
    waits = Waits(nothing, server.stop, nothing, server.start)
    updates = list(curvewise.watch(f"openai://{server.id('small-sft')}", wait=waits))
    assert [update.trouble is not None for update in updates[:5]] == [False, False, True, True, False]
    assert updates[-1].job.status == "succeeded"


def test_patience_ends(serve: Serve) -> None:
    server = serve([jobs.small_sft()], clock=ByHand())
    waits = Waits(server.stop)
    updates = curvewise.watch(f"openai://{server.id('small-sft')}", wait=waits)
    with pytest.raises(ServiceError, match="no connection"):
        list(updates)
    assert waits.seconds == [15.0, 15.0, 30.0, 60.0, 120.0, 240.0, 300.0, 300.0, 300.0, 300.0, 135.0]
    assert sum(waits.seconds[1:]) == 1800.0


def test_a_server_that_never_answered_is_not_waited_for(serve: Serve) -> None:
    server = serve([jobs.small_sft()])
    server.stop()
    with pytest.raises(ServiceError, match="no connection"):
        next(curvewise.watch(f"openai://{server.id('small-sft')}", wait=Waits()))


def test_a_server_that_is_busy_from_the_start_is_waited_for(serve: Serve) -> None:
    server = serve([jobs.small_sft()])
    server.faults.add(JOB, faults.failing(429, retry_after=1), times=1)
    busy, done = curvewise.watch(f"openai://{server.id('small-sft')}", wait=Waits())
    assert (busy.job.status, busy.trouble is None, busy.report) == ("", False, None)
    assert done.job.status == "succeeded"


@pytest.mark.parametrize(("status", "error"), [(401, CredentialsError), (403, CredentialsError)])
def test_a_key_that_is_refused_ends_it_at_once(serve: Serve, status: int, error: type[ServiceError]) -> None:
    server = serve([jobs.small_sft()], clock=ByRequest())
    updates = curvewise.watch(f"openai://{server.id('small-sft')}", wait=Waits())
    next(updates)
    server.faults.add(JOB, faults.failing(status))
    with pytest.raises(error):
        next(updates)


def test_a_job_that_is_deleted_meanwhile_is_told_with_where_it_stood(serve: Serve) -> None:
    server = serve([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 42)
    job = server.id("small-sft")
    updates = curvewise.watch(f"openai://{job}", wait=lambda _: server.delete("small-sft"))
    next(updates)
    with pytest.raises(NotFoundError, match=rf"{job} is gone.*running at step 40") as caught:
        next(updates)
    assert caught.value.status == 404


def test_an_unknown_job_is_the_services_own_message(serve: Serve) -> None:
    serve([jobs.small_sft()])
    with pytest.raises(NotFoundError, match="does not know"):
        next(curvewise.watch("openai://ftjob-none"))


@pytest.mark.parametrize(
    ("address", "options", "words"),
    [
        ("results.csv", {}, "no such file or folder"),
        ("openai://ftjob-1", {"interval": 0.0}, "interval"),
        ("openai://ftjob-1", {"interval": float("nan")}, "interval"),
        ("openai://ftjob-1", {"select": ["nonsense"]}, "nonsense"),
        ("openai://ftjob-1", {"ignore": ["nonsense"]}, "nonsense"),
    ],
)
def test_mistakes_are_told_before_anything_is_asked(
    address: str, options: dict[str, object], words: str
) -> None:
    with pytest.raises(CurvewiseError, match=words):
        next(curvewise.watch(address, **options))  # type: ignore[arg-type]  # the options are wrong on purpose


def test_only_the_checks_that_were_asked_for_run(serve: Serve) -> None:
    server = serve([jobs.small_sft()])
    address = f"openai://{server.id('small-sft')}"
    (update,) = curvewise.watch(address, select=iter(["overfitting"]), kind="sft")
    assert update.report is not None
    assert [finding.check for finding in update.report.findings] == ["overfitting"]


@pytest.mark.parametrize(("by", "status"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_job_is_stopped_and_then_rests(serve: Serve, by: str, status: str) -> None:
    server = serve([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 42)
    address = f"openai://{server.id('small-sft')}"
    updates = curvewise.watch(address, wait=Waits())
    assert not next(updates).is_last
    curvewise.stop(address, by=by)  # type: ignore[arg-type]  # mypy does not narrow parameters of a test
    (last,) = updates
    assert last.job.status == status


def test_a_job_that_has_not_begun_cannot_be_paused(serve: Serve) -> None:
    server = serve([jobs.waiting()])
    with pytest.raises(ServiceError, match="cannot be paused") as caught:
        curvewise.stop(f"openai://{server.id('waiting')}")
    assert caught.value.status == 400
    assert not caught.value.temporary


def test_other_ways_to_stop_are_refused() -> None:
    with pytest.raises(UsageError, match="'kill'"):
        curvewise.stop("openai://ftjob-1", by="kill")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(UsageError, match="no job on a service"):
        curvewise.stop("results.csv")


def step(update: Update) -> int | None:
    return None if update.run is None else update.run.last_step
