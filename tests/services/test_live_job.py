from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from curvewise.errors import NotFoundError, ServiceError
from curvewise.joining import run_from
from curvewise.plugin.run_files import RunFiles
from curvewise.services import live_job as live
from curvewise.services.address import connect
from curvewise.services.job_files import job_files
from curvewise.services.live_job import LiveJob
from tests.standin import ByHand, Standin, faults, jobs
from tests.standin.fixtures import StandinFactory, point_at

pytest.importorskip("openai")


def refreshed(job: LiveJob) -> RunFiles:
    job.refresh()
    return live.files_of(job)


Look = Callable[[Standin, str], LiveJob]


@pytest.fixture
def look(environment: pytest.MonkeyPatch) -> Iterator[Look]:
    """Connect to a job of a stand-in."""
    services = []

    def connected(server: Standin, name: str) -> LiveJob:
        point_at(server, environment)
        services.append(connect("azure" if server.dialect.is_azure else "openai"))
        return LiveJob(services[-1], server.id(name))

    yield connected
    for service in services:
        service.close()


@pytest.mark.parametrize("dialect", ["openai", "azure"])
@pytest.mark.parametrize("name", ["small-sft", "rft", "dpo", "failed", "cancelled", "paused"])
def test_the_lists_give_the_run_that_their_files_would(
    standin: StandinFactory, look: Look, dialect: str, name: str
) -> None:
    job = look(standin([jobs.BY_NAME[name]()], dialect=dialect), name)
    run = run_from(refreshed(job), "here")
    files = {file: partial(bytes, data) for file, data in job.files().items()}
    assert run_from(job_files(files, job.id, job.results.values()), "here") == run


def test_parts_are_asked_for_side_by_side(standin: StandinFactory, look: Look) -> None:
    server = standin([jobs.small_sft()], latency=0.05)
    look(server, "small-sft").refresh()
    assert server.busiest >= 3


def test_nothing_new_is_two_requests(standin: StandinFactory, look: Look) -> None:
    server = standin([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 40)
    job = look(server, "small-sft")
    assert job.refresh()
    asked = len(server.requests)
    assert not job.refresh()
    assert len(server.requests) - asked == 2
    server.advance("small-sft", 1)
    assert job.refresh()


def test_the_end_of_a_job_is_seen_whole(standin: StandinFactory, look: Look) -> None:
    server = standin([jobs.small_sft()], clock=ByHand())
    server.advance("small-sft", 40)
    job = look(server, "small-sft")
    job.refresh()
    assert job.results == {}
    server.finish("small-sft")
    assert job.refresh()
    assert job.job.phase == "over"
    assert [result.is_whole for result in job.results.values()] == [True]
    whole = look(server, "small-sft")
    whole.refresh()
    assert job.files() == whole.files()


@pytest.mark.parametrize("part", ["", "/events", "/checkpoints"])
def test_a_failed_look_is_made_good_by_the_next(standin: StandinFactory, look: Look, part: str) -> None:
    server = standin([jobs.small_sft()])
    job = look(server, "small-sft")
    rule = server.faults.add(
        f"GET /fine_tuning/jobs/*{part}", faults.failing(500, retry_after_ms=1), times=None
    )
    with pytest.raises(ServiceError) as error:
        job.refresh()
    assert error.value.temporary
    rule.remove()
    assert job.refresh()
    fresh = look(server, "small-sft")
    fresh.refresh()
    assert job.files() == fresh.files()


def test_a_result_file_whose_id_is_a_path_fails_alone(standin: StandinFactory, look: Look) -> None:
    server = standin([jobs.small_sft()])
    job = look(server, "small-sft")
    job.refresh()
    (whole,) = job.results
    job.raw = {**job.raw, "result_files": ["../../etc/passwd", whole]}
    job.results.clear()
    job.refresh_for_choice(job.raw)
    assert job.results[whole].is_whole
    run = run_from(live.files_of(job), "here")
    assert [note.text for note in run.notes if note.code == "missing_result_file"] == [
        "The service does not have the result file ../../etc/passwd."
    ]


def test_a_result_file_that_is_gone_is_noted(standin: StandinFactory, look: Look) -> None:
    server = standin([jobs.small_sft()])
    server.faults.add("GET /files/**", faults.failing(404), times=None)
    run = run_from(refreshed(look(server, "small-sft")), "here")
    assert run.note("missing_result_file")
    assert "full_valid_loss" in run


def test_a_result_file_that_stays_cut_is_noted(standin: StandinFactory, look: Look) -> None:
    server = standin([jobs.small_sft()])
    server.faults.add("GET /files/*/content", faults.shortened(0.5), times=None)
    run = run_from(refreshed(look(server, "small-sft")), "here")
    assert run.note("cut_result_file")
    assert server.counts()["GET /files/{file}/content"] == 3


def test_one_that_is_cut_once_is_asked_for_again(standin: StandinFactory, look: Look) -> None:
    server = standin([jobs.small_sft()])
    server.faults.add("GET /files/*/content", faults.shortened(0.5), times=1)
    assert run_from(refreshed(look(server, "small-sft")), "here").note("cut_result_file") is None


def test_a_job_that_is_not_there(standin: StandinFactory, look: Look) -> None:
    server = standin([jobs.small_sft()])
    job = look(server, "small-sft")
    server.delete("small-sft")
    with pytest.raises(NotFoundError):
        job.refresh()


@pytest.mark.parametrize("fault", [faults.duplicated(), faults.shuffled(), faults.first_page_forever()])
def test_a_service_in_disorder_gives_each_object_once(
    standin: StandinFactory, look: Look, fault: faults.Fault
) -> None:
    server = standin([jobs.small_sft(steps=60)])
    server.faults.add("GET /fine_tuning/jobs/*/events", fault, times=None)
    server.faults.add("GET /fine_tuning/jobs/*/checkpoints", fault, times=None)
    job = look(server, "small-sft")
    job.refresh()
    server.faults.clear()
    calm = look(server, "small-sft")
    calm.refresh()
    assert len(job.events) == len(calm.events)
    assert len(job.checkpoints) == len(calm.checkpoints)
    assert run_from(live.files_of(job), "here").metrics == run_from(live.files_of(calm), "here").metrics


class TestGlance:
    def test_it_leaves_out_the_events_of_a_job_that_is_over(
        self, standin: StandinFactory, look: Look
    ) -> None:
        server = standin([jobs.small_sft()])
        job = look(server, "small-sft")
        job.refresh_for_choice(job.service.job(job.id))
        assert len(job.events) == 0
        assert len(job.results) == 1

    def test_it_takes_them_when_the_result_file_is_gone(self, standin: StandinFactory, look: Look) -> None:
        server = standin([jobs.small_sft()])
        server.faults.add("GET /files/**", faults.failing(404), times=None)
        job = look(server, "small-sft")
        job.refresh_for_choice(job.service.job(job.id))
        assert len(job.events) > 0
