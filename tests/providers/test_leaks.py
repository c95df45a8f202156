"""The canary: a key that no error, log line, traceback or answer may hold."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable

import pytest

from curvewise.errors import CurvewiseError, UsageError
from curvewise.providers._environment import azure_account
from curvewise.providers._fine_tuning_api import FineTuningApi
from tests.providers.conftest import CANARY, Connect
from tests.standin import Standin, faults, jobs
from tests.standin.faults import Fault
from tests.standin.fixtures import StandinFactory, of_no_service, point_at
from tests.standin.messages import Answer, Request, Respond, error_answer


def echo(status: int) -> Fault:
    """Answer with the key in all places: message, code, type and headers."""

    def fault(request: Request, _respond: Respond) -> Answer:
        key = request.key or ""
        return error_answer(
            status,
            f"key {key}, masked {key[:6]}****{key[-4:]}, Bearer {key}",
            kind=key,
            param=key,
            code=key,
            headers={"x-request-id": key, "retry-after": "1"},
        )

    return fault


def everything(error: BaseException) -> str:
    """Return all that a traceback could show of an exception and of those behind it."""
    behind = [everything(other) for other in (error.__cause__, error.__context__) if other is not None]
    return "\n".join((repr(error), repr(vars(error)), *traceback.format_exception(error), *behind))


ASKS: tuple[Callable[[FineTuningApi], object], ...] = (
    lambda service: service.jobs(),
    lambda service: service.job("ftjob-1"),
    lambda service: service.events("ftjob-1", after="e"),
    lambda service: service.content("file-1"),
    lambda service: service.cancel("ftjob-1"),
)
STATUSES = (300, 400, 401, 403, 404, 409, 429, 500, 503)


def test_a_key_in_place_of_an_id_is_not_sent(standin: StandinFactory, connect: Connect) -> None:
    server = standin(key=CANARY)
    service = connect(server)
    for ask in (
        lambda: service.job(CANARY),
        lambda: service.file(f"{CANARY}/"),
        lambda: service.job("sk-proj-of-somebody-else-0123456789"),
        lambda: service.jobs(after=CANARY),
        lambda: service.events("ftjob-1", after=CANARY),
    ):
        with pytest.raises(UsageError, match="has a key in it") as caught:
            ask()
        assert CANARY not in everything(caught.value)
    assert server.requests == []


@pytest.mark.parametrize("dialect", ["openai", "azure"])
def test_no_error_holds_the_key(standin: StandinFactory, connect: Connect, dialect: str) -> None:
    server = standin(dialect=dialect, key=CANARY)
    service = connect(server)
    kinds: list[Fault] = [*map(echo, STATUSES), faults.leaky(), faults.html(502), faults.dropped()]
    kinds.append(lambda request, _respond: Answer(200, f"<p>{request.key}</p>".encode(), "text/html"))
    kinds.append(lambda request, _respond: Answer(200, f'{{"id": "{request.key}", '.encode()))
    for fault in kinds:
        server.faults.clear()
        server.faults.add("**", fault)
        for ask in ASKS:
            try:
                ask(service)
            except CurvewiseError as error:
                assert CANARY.lower() not in everything(error).lower()
                assert error.__cause__ is error.__context__ is None
    server.stop()
    with pytest.raises(CurvewiseError) as caught:
        service.jobs()
    assert CANARY not in everything(caught.value)


def test_no_answer_holds_the_key(standin: StandinFactory, connect: Connect) -> None:
    server = standin(key=CANARY)
    service = connect(server)
    escaped = "".join(f"\\u{ord(char):04x}" for char in CANARY)
    body = (
        f'{{"id": "{CANARY}", "{CANARY}": ["{escaped}", "Bearer {CANARY}"], '
        f'"data": [{{"id": "{CANARY}"}}], "loss": 0.25, "error": {{"message": "sk-canary-***WXYZ"}}}}'
    )
    server.faults.add("**", lambda _request, _respond: Answer(200, body.encode()))
    answers = [service.job("ftjob-1"), service.file("file-1"), service.pause("ftjob-1")]
    answers += list(service.jobs().objects)
    for answer in answers:
        shown = json.dumps(answer)
        assert "canary" not in shown
        assert "WXYZ" not in shown
        assert "[redacted]" in shown
    assert answers[0]["loss"] == 0.25
    server.faults.clear()
    server.faults.add("**", lambda _request, _respond: Answer(200, f"a,{CANARY},\x00".encode()))
    assert service.content("file-1") == b"a,[redacted],\x00"


def test_the_log_tells_of_every_request_and_holds_no_key(
    standin: StandinFactory, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server = standin([jobs.small_sft()], key=CANARY)
    service = connect(server)
    with caplog.at_level(logging.DEBUG):
        service.job(server.id("small-sft"))
        service.checkpoints(server.id("small-sft"), limit=5)
        server.faults.add("**", echo(500))
        with pytest.raises(CurvewiseError):
            service.jobs(after="ftjob-1")
        server.stop()
        with pytest.raises(CurvewiseError):
            service.jobs()
    lines = [record.getMessage() for record in caplog.records if record.name == "curvewise.providers"]
    job = f"GET /fine_tuning/jobs/{server.id('small-sft')}"
    assert [line.partition(",")[0] for line in lines] == [
        f"{job} -> 200",
        f"{job}/checkpoints?limit=5 -> 200",
        "GET /fine_tuning/jobs?after=ftjob-1&limit=20 -> 500",
        "GET /fine_tuning/jobs?limit=20 -> no answer",
    ]
    assert lines[0].endswith(" kB")
    assert CANARY not in caplog.text
    assert "httpcore" in caplog.text


PROBE = """
import logging, sys
from curvewise.errors import CurvewiseError, UsageError
from curvewise.plugin import providers
logging.getLogger("curvewise.providers").setLevel(logging.DEBUG)
service = providers()[sys.argv[1]].connect()
for ask in (service.jobs, lambda: service.job("ftjob-1"), lambda: service.content("file-1")):
    try:
        ask()
    except CurvewiseError as error:
        print(error)
print(service, vars(service))
service.close()
"""


@pytest.mark.parametrize("name", ["openai", "azure", "azure v1"])
def test_the_log_of_the_sdk_at_its_loudest_holds_no_key(standin: StandinFactory, name: str) -> None:
    server = standin([jobs.small_sft()], dialect=name.partition(" ")[0], key=CANARY)
    server.faults.add("GET /fine_tuning/jobs/*", faults.leaky())
    variables = {**of_no_service(os.environ), **server.environment(), "OPENAI_LOG": "debug"}
    if name == "azure v1":
        del variables["OPENAI_API_VERSION"]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, name.partition(" ")[0]],
        capture_output=True,
        text=True,
        check=True,
        env=variables,
    )
    assert CANARY in variables.values()
    assert "openai._base_client" in done.stderr
    assert "curvewise.providers" in done.stderr
    assert "refuses the key" in done.stdout
    assert "canary" not in (done.stdout + done.stderr).lower()


def test_the_key_does_not_follow_a_redirect_to_another_host(
    standin: StandinFactory, connect: Connect, environment: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str | None]] = []

    def remember(elsewhere: Standin | None) -> Fault:
        def fault(request: Request, _respond: Respond) -> Answer:
            seen.append((request.path, request.key))
            if elsewhere is None or request.path == "/fine_tuning/jobs/ftjob-2":
                return Answer(200, b'{"id": "ftjob-1"}')
            host = "localhost" if request.path.endswith("away") else "127.0.0.1"
            target = f"http://{host}:{elsewhere.port}/openai/fine_tuning/jobs/ftjob-2?api-version=2024-10-21"
            return Answer(307, headers={"Location": target})

        return fault

    target, server = standin(dialect="azure"), standin(dialect="azure", key=CANARY)
    target.faults.add("**", remember(None))
    server.faults.add("**", remember(target))
    point_at(server, environment)
    for version in ("2024-10-21", ""):  # the header api-key, and a Bearer token
        environment.setenv("OPENAI_API_VERSION", version)
        service = connect(azure_account())
        seen.clear()
        assert service.job("ftjob-away")["id"] == "ftjob-1"
        assert seen == [("/fine_tuning/jobs/ftjob-away", CANARY), ("/fine_tuning/jobs/ftjob-2", None)]
