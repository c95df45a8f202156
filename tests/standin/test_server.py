"""The server itself: its clocks, its port, its memory of requests, and what it leaves behind."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from curvewise.errors import UsageError
from tests.standin import ByHand, ByRequest, ByTime, Standin, jobs
from tests.standin.fixtures import SdkFactory, StandinFactory


def step_and_status(client: openai.OpenAI, server: Standin, name: str) -> tuple[int, str]:
    status = client.fine_tuning.jobs.retrieve(server.id(name)).status
    return server.progress(name).steps, status


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:  # the server had not yet taken it
        return True


def test_without_a_clock_jobs_stand_at_their_end(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([make() for make in jobs.BY_NAME.values()])
    client = sdk(server)
    assert {name: step_and_status(client, server, name) for name in jobs.BY_NAME} == {
        "small-sft": (120, "succeeded"),
        "demo": (240, "succeeded"),
        "big": (4954, "succeeded"),
        "rft": (60, "succeeded"),
        "dpo": (90, "succeeded"),
        "failed": (52, "failed"),
        "cancelled": (45, "cancelled"),
        "paused": (25, "paused"),
        "waiting": (-1, "queued"),
    }


def test_a_job_moves_by_hand(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.rft(), jobs.dpo()], clock=ByHand())
    client = sdk(server)
    assert step_and_status(client, server, "rft") == (-2, "validating_files")
    server.advance("rft", 2)
    assert step_and_status(client, server, "rft") == (0, "running")
    server.advance(server.id("rft"), 500)
    assert step_and_status(client, server, "rft") == (60, "succeeded")
    assert step_and_status(client, server, "dpo") == (-2, "validating_files")


def test_a_job_moves_when_it_is_retrieved_and_not_otherwise(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.rft(), jobs.dpo()], clock=ByRequest(20))
    client = sdk(server)
    seen = [step_and_status(client, server, "rft") for _ in range(4)]
    assert seen == [(18, "running"), (38, "running"), (58, "running"), (60, "succeeded")]
    client.fine_tuning.jobs.list()
    client.fine_tuning.jobs.list_events(server.id("dpo"))
    assert server.progress("dpo").steps == -2


def test_a_job_moves_with_time_and_stands_while_it_is_paused(
    standin: StandinFactory, sdk: SdkFactory
) -> None:
    now = [100.0]
    server = standin([jobs.paused()], clock=ByTime(2.0, clock=lambda: now[0]))
    client, identifier = sdk(server), server.id("paused")
    seen = []
    for later in (0.9, 0.2, 5.0, 50.0, 50.0):
        now[0] += later
        seen.append(step_and_status(client, server, "paused"))
    assert seen == [(-1, "queued"), (0, "running"), (10, "running"), (25, "paused"), (25, "paused")]
    client.fine_tuning.jobs.resume(identifier)
    now[0] += 2.0
    assert step_and_status(client, server, "paused") == (29, "running")
    now[0] += 100.0
    assert step_and_status(client, server, "paused") == (60, "succeeded")


def test_a_clock_that_stands_is_refused() -> None:
    with pytest.raises(UsageError, match="does not go"):
        ByTime(0.0)


def test_the_times_of_a_live_job_are_those_of_the_clock(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.live(jobs.rft(), per_second=4.0, now=2_000_000_000)], clock=ByHand())
    server.finish("rft")
    job = sdk(server).fine_tuning.jobs.retrieve(server.id("rft"))
    assert (job.created_at, job.finished_at) == (2_000_000_000, 2_000_000_000 + 62 // 4)


def test_a_server_restarts_on_its_port_and_remembers(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.small_sft()], clock=ByHand())
    client, url = sdk(server), server.url
    server.advance("small-sft", 42)
    assert step_and_status(client, server, "small-sft") == (40, "running")
    server.stop()
    with pytest.raises(openai.APIConnectionError):
        client.fine_tuning.jobs.list()
    server.start()
    assert server.url == url
    assert step_and_status(client, server, "small-sft") == (40, "running")
    server.restart()
    assert step_and_status(client, server, "small-sft") == (40, "running")


def test_a_server_counts_requests_by_endpoint_and_keeps_no_key(
    standin: StandinFactory, sdk: SdkFactory
) -> None:
    server = standin([jobs.small_sft()])
    client, identifier = sdk(server), server.id("small-sft")
    client.fine_tuning.jobs.retrieve(identifier)
    list(client.fine_tuning.jobs.list_events(identifier, limit=50))
    assert server.counts() == {
        "GET /fine_tuning/jobs/{job}": 1,
        "GET /fine_tuning/jobs/{job}/events": 3,
    }
    assert server.requests[1].query == {"limit": "50"}
    assert server.key not in repr(server.requests)


def test_requests_are_answered_side_by_side(standin: StandinFactory, sdk: SdkFactory) -> None:
    server = standin([jobs.small_sft()])
    together = threading.Barrier(4, timeout=20)

    def meet(request, respond):  # type: ignore[no-untyped-def]  # the types of a Fault
        together.wait()
        return respond(request)

    server.faults.add("/fine_tuning/jobs", meet)
    client = sdk(server)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.fine_tuning.jobs.list().data, range(4)))
    assert all(answers)
    assert server.busiest == 4


def test_a_server_leaves_neither_threads_nor_connections_behind(sdk: SdkFactory) -> None:
    before = set(threading.enumerate())
    with Standin([jobs.small_sft()], latency=0.001) as server:
        sdk(server).fine_tuning.jobs.list()
        with socket.create_connection(("127.0.0.1", server.port)) as idle:
            server.stop()
            assert is_closed(idle)
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port)).close()


def test_a_server_has_no_address_before_it_starts() -> None:
    with pytest.raises(UsageError, match="has started"):
        Standin().url  # noqa: B018 - the property raises


def test_the_environment_leads_the_sdk_to_the_server(
    standin: StandinFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for server, make in (
        (standin([jobs.dpo()]), openai.OpenAI),
        (standin([jobs.dpo()], dialect="azure"), openai.AzureOpenAI),
    ):
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        with make(max_retries=0) as client:
            assert [job.id for job in client.fine_tuning.jobs.list()] == [server.id("dpo")]
