from __future__ import annotations

import base64
import itertools
import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from curvewise.errors import CurvewiseError, NotFoundError, ServiceError, UsageError
from curvewise.plugin import providers
from curvewise.plugin.service import Page, Service
from curvewise.providers._environment import azure_account
from tests.providers.conftest import Connect
from tests.standin import ByHand, Standin, faults, jobs
from tests.standin.fixtures import StandinFactory, point_at
from tests.standin.messages import Answer

DOORS = ("openai", "classic", "v1", "project")


def behind(door: str, server: Standin, environment: pytest.MonkeyPatch) -> Service:
    """Connect as a user does, by the environment alone."""
    point_at(server, environment)
    if door in ("v1", "project"):
        environment.delenv("OPENAI_API_VERSION", raising=False)
    if door == "project":
        environment.delenv("AZURE_OPENAI_ENDPOINT")
        environment.setenv("AZURE_AI_PROJECT_ENDPOINT", server.project_endpoint)
    return providers()["openai" if door == "openai" else "azure"].connect()


def dialect(door: str) -> str:
    return "openai" if door == "openai" else "azure"


@pytest.mark.parametrize("door", DOORS)
def test_every_question_is_answered_at_every_door(
    standin: StandinFactory, environment: pytest.MonkeyPatch, door: str
) -> None:
    server = standin([jobs.small_sft(), jobs.rft()], dialect=dialect(door))
    service = behind(door, server, environment)
    try:
        job = server.id("small-sft")
        assert service.provider == dialect(door)
        assert service.job(job)["status"] == "succeeded"
        assert {found["id"] for found in service.jobs().objects} == {job, server.id("rft")}
        events = service.events(job)
        assert len(events.objects) == 100
        points = service.checkpoints(job)
        assert points.objects
        assert not points.has_more
        files = service.job(job)["result_files"] or ["file-unknown"]
        described = service.file(files[0])
        content = service.content(files[0])
        assert described["bytes"] == len(content)
        table = content if content.startswith(b"step,") else base64.b64decode(content)
        assert table.startswith(b"step,")
    finally:
        service.close()


@pytest.mark.parametrize("door", DOORS)
def test_a_running_job_is_paused_and_another_cancelled(
    standin: StandinFactory, environment: pytest.MonkeyPatch, door: str
) -> None:
    server = standin([jobs.small_sft(), jobs.rft()], dialect=dialect(door), clock=ByHand())
    for name in ("small-sft", "rft"):
        server.advance(name, 10)
    service = behind(door, server, environment)
    try:
        assert service.pause(server.id("small-sft"))["id"] == server.id("small-sft")
        assert service.cancel(server.id("rft"))["status"] == "cancelled"
    finally:
        service.close()


def test_the_pages_of_a_list_follow_one_another(standin: StandinFactory, connect: Connect) -> None:
    server = standin([jobs.small_sft()])
    service = connect(server)
    job = server.id("small-sft")
    seen: list[str] = []
    page = Page((), has_more=True)
    while page.has_more:
        page = service.events(job, after=seen[-1] if seen else None, limit=40)
        seen += [event["id"] for event in page.objects]
    assert len(seen) == len(set(seen)) == len(list(service.events(job, limit=200).objects))
    assert [call.query.get("limit") for call in server.requests][:2] == ["40", "40"]
    assert server.requests[1].query["after"] == seen[39]


def test_values_are_exact_and_fields_kept(standin: StandinFactory, connect: Connect) -> None:
    server = standin()
    body = (
        b'{"id":"ftjob-1","big":12345678901234567890,"tiny":3.814697265625E-06,"nan":NaN,"new":{"x":[null]}}'
    )
    server.faults.add("GET /fine_tuning/jobs/*", lambda _request, _respond: Answer(200, body))
    job = connect(server).job("ftjob-1")
    assert (job["big"], job["tiny"], job["new"]) == (12345678901234567890, 3.814697265625e-06, {"x": [None]})
    assert math.isnan(job["nan"])


def test_a_file_is_taken_byte_for_byte(standin: StandinFactory, connect: Connect) -> None:
    server = standin()
    body = bytes(range(256)) * 300
    server.faults.add("GET /files/*/content", lambda _request, _respond: Answer(200, body, "text/csv"))
    assert connect(server).content("file-1") == body


BROKEN = [
    (b"<html>Sign in to the network</html>", "a web page"),
    (b"", "nothing"),
    (b"step,loss", "something else"),
    (b'{"id": "ftjob-1", "sta', "cannot be read"),
    (b'\xff{"id": 1}', "something else"),
    (b'{"id": "\xff"}', "cannot be read"),
    (b"[" * 100_000, "cannot be read"),
]


@pytest.mark.parametrize(("body", "found"), BROKEN)
def test_an_answer_that_is_not_json_says_what_answered_and_what_was_expected(
    standin: StandinFactory, connect: Connect, body: bytes, found: str
) -> None:
    server = standin()
    server.faults.add("**", lambda _request, _respond: Answer(200, body, "text/html"))
    service = connect(server)
    for ask in (lambda: service.job("ftjob-1"), lambda: service.events("ftjob-1")):
        with pytest.raises(ServiceError) as caught:
            ask()
        assert f"127.0.0.1:{server.port}/v1/fine_tuning/jobs/ftjob-1" in caught.value.problem
        assert found in caught.value.problem
        assert "fine-tuning API" in caught.value.problem or "JSON" in caught.value.problem
        assert caught.value.temporary


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"id": 3}', b'{"data": {}}', b'{"data": ["x"]}', b'{"data": null}']
)
def test_json_of_something_else_is_no_answer(standin: StandinFactory, connect: Connect, body: bytes) -> None:
    server = standin()
    server.faults.add("**", lambda _request, _respond: Answer(200, body))
    service = connect(server)
    with pytest.raises(ServiceError, match="no object of the fine-tuning API"):
        service.job("ftjob-1")
    with pytest.raises(ServiceError, match="no list of the fine-tuning API"):
        service.checkpoints("ftjob-1")


@pytest.mark.parametrize(
    "body", [b'{"data": []}', b'{"data": [], "has_more": null}', b'{"data": [], "has_more": "no"}']
)
def test_only_a_clear_yes_means_another_page(standin: StandinFactory, connect: Connect, body: bytes) -> None:
    server = standin()
    server.faults.add("**", lambda _request, _respond: Answer(200, body))
    assert connect(server).jobs() == Page((), has_more=False)


HOSTILE_IDS = [
    "",
    "../files",
    "a/b",
    "a?b",
    "a#b",
    "a b",
    "..",
    ".",
    "%2e%2e",
    "a\n",
    "é",
    "a\x00b",
    "\ud800",
]


def test_an_id_that_could_be_a_path_is_refused_before_any_request(
    standin: StandinFactory, connect: Connect
) -> None:
    server = standin()
    service = connect(server)
    of_jobs = (service.job, service.events, service.checkpoints, service.pause, service.cancel)
    refusals: dict[type[CurvewiseError], tuple[Callable[[str], object], ...]] = {
        UsageError: of_jobs,  # the user named it
        NotFoundError: (service.file, service.content),  # the service did: the job is read without it
    }
    for refusal, asks in refusals.items():
        for ask, name in itertools.product(asks, HOSTILE_IDS):
            with pytest.raises(refusal, match=r"is not the id of a (job|file)") as caught:
                ask(name)
            str(caught.value).encode()
    assert server.requests == []


@pytest.mark.parametrize("after", ["a&limit=1", "../x", "a#b", "é\n"])
def test_a_cursor_is_quoted(standin: StandinFactory, connect: Connect, after: str) -> None:
    server = standin()
    server.faults.add("**", lambda _request, _respond: Answer(200, b'{"data": []}'))
    connect(server).jobs(after=after, limit=7)
    assert dict(server.requests[0].query) == {"after": after, "limit": "7"}


def test_a_cursor_that_no_url_can_hold_is_an_error(standin: StandinFactory, connect: Connect) -> None:
    with pytest.raises(ServiceError, match="cannot be made") as caught:
        connect(standin()).jobs(after="\ud800")
    assert not caught.value.temporary


def test_a_request_that_fails_for_the_moment_is_repeated(standin: StandinFactory, connect: Connect) -> None:
    server = standin([jobs.small_sft()])
    server.faults.add("GET /fine_tuning/jobs/*", faults.failing(503, retry_after_ms=1), times=2)
    assert connect(server, max_retries=2).job(server.id("small-sft"))["object"] == "fine_tuning.job"
    assert [call.status for call in server.requests] == [503, 503, 200]


def test_one_connection_serves_eight_threads_side_by_side(standin: StandinFactory, connect: Connect) -> None:
    server = standin([jobs.small_sft()])
    together = threading.Barrier(8, timeout=20)

    def answer(_request: object, _respond: object) -> Answer:
        together.wait()  # all eight are under way, or none gets an answer
        return Answer(200, b'{"id": "ftjob-1"}')

    server.faults.add("GET /fine_tuning/jobs/*", answer)
    service = connect(server)
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(lambda _: service.job("ftjob-1"), range(8)))) == 8


def test_the_settings_of_the_sdk(environment: pytest.MonkeyPatch, connect: Connect) -> None:
    environment.setenv("AZURE_OPENAI_ENDPOINT", "https://acme.openai.azure.com")
    environment.setenv("AZURE_OPENAI_API_KEY", "0123456789abcdef")
    service = connect(azure_account(), max_retries=4)
    client = service._client
    assert client.max_retries == 4
    timeout = client.timeout
    assert not isinstance(timeout, float | int | None)
    assert (timeout.connect, timeout.read) == (5.0, 60.0)
    assert repr(service) == "<FineTuningApi of Azure OpenAI / Foundry at acme.openai.azure.com>"
