from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from curvewise.errors import CredentialsError, NotFoundError, ServiceError
from curvewise.providers._account import Account
from curvewise.providers._connection_errors import connection_error
from curvewise.providers._environment import azure_account, openai_account
from tests.providers.conftest import CANARY, Connect
from tests.standin import faults, jobs
from tests.standin.faults import Fault
from tests.standin.fixtures import StandinFactory, point_at
from tests.standin.messages import Answer, error_answer


def answering(status: int, message: str, code: str | None = None, **headers: str) -> Fault:
    return lambda _request, _respond: error_answer(status, message, code=code, headers=headers)


def sending(answer: Answer) -> Fault:
    return lambda _request, _respond: answer


@pytest.fixture
def account(environment: pytest.MonkeyPatch) -> Account:
    environment.setenv("OPENAI_API_KEY", CANARY)
    environment.setenv("OPENAI_BASE_URL", "http://models.example:8080/v1")
    return openai_account()


@pytest.mark.parametrize("dialect", ["openai", "azure"])
def test_a_wrong_key(
    standin: StandinFactory, connect: Connect, environment: pytest.MonkeyPatch, dialect: str
) -> None:
    server = standin([jobs.small_sft()], dialect=dialect)
    point_at(server, environment)
    variable = "OPENAI_API_KEY" if dialect == "openai" else "AZURE_OPENAI_API_KEY"
    environment.setenv(variable, CANARY)
    account = openai_account() if dialect == "openai" else azure_account()
    with pytest.raises(CredentialsError) as caught:
        connect(account).jobs()
    assert caught.value.problem == f"127.0.0.1:{server.port} refuses the key in {variable}"
    assert variable in caught.value.hint
    assert (caught.value.status, caught.value.temporary) == (401, False)
    assert "Incorrect" not in str(caught.value)
    assert "***" not in str(caught.value)


def test_a_key_without_the_right(standin: StandinFactory, connect: Connect) -> None:
    server = standin()
    server.faults.add("**", answering(403, "Missing scopes: api.fine_tuning.jobs.read"))
    with pytest.raises(CredentialsError, match=r"api\.fine_tuning\.jobs\.read") as caught:
        connect(server).job("ftjob-1")
    assert "read fine-tuning" in caught.value.hint
    assert (caught.value.status, caught.value.temporary) == (403, False)


def test_the_role_that_azure_wants_is_named(standin: StandinFactory, connect: Connect) -> None:
    server = standin(dialect="azure")
    server.faults.add("**", faults.failing(403))
    with pytest.raises(CredentialsError) as caught:
        connect(server).job("ftjob-1")
    assert "Cognitive Services OpenAI Contributor" in caught.value.hint


@pytest.mark.parametrize("dialect", ["openai", "azure"])
def test_a_wrong_id_names_the_job_the_service_and_the_host(
    standin: StandinFactory, connect: Connect, dialect: str
) -> None:
    server = standin([jobs.small_sft()], dialect=dialect)
    service = connect(server)
    title = "OpenAI" if dialect == "openai" else "Azure OpenAI / Foundry"
    for ask in (service.job, service.events, service.checkpoints, service.pause, service.cancel):
        with pytest.raises(NotFoundError) as caught:
            ask("ftjob-nobody")
        assert caught.value.problem == f"{title} at 127.0.0.1:{server.port} does not know job ftjob-nobody"
        assert "`curvewise jobs`" in caught.value.hint
        assert caught.value.status == 404
    for ask_file in (service.file, service.content):
        with pytest.raises(NotFoundError, match="does not know file file-gone"):
            ask_file("file-gone")


def test_a_cursor_that_is_gone_is_named(standin: StandinFactory, connect: Connect) -> None:
    server = standin([jobs.small_sft()])
    server.faults.add("GET /fine_tuning/jobs/*/events", faults.lost_cursor())
    with pytest.raises(NotFoundError, match="or no object ftevent-gone in its list"):
        connect(server).events(server.id("small-sft"), after="ftevent-gone")


def test_no_api_at_the_address(standin: StandinFactory, connect: Connect) -> None:
    server = standin()
    server.faults.add("**", lambda _request, _respond: Answer(404, b"<h1>Not found</h1>", "text/html"))
    with pytest.raises(NotFoundError) as caught:
        connect(server).jobs()
    assert "OPENAI_BASE_URL" in caught.value.hint
    assert "/v1" in caught.value.hint


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({}, "try again in a minute"),
        ({"Retry-After": "20"}, "try again in 20 s"),
        ({"retry-after-ms": "2500"}, "try again in 2 s"),
        ({"retry-after-ms": "soon", "Retry-After": "7"}, "try again in 7 s"),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, "try again in 0 s"),
        ({"Retry-After": "soon"}, "try again in a minute"),
        ({"Retry-After": "-3"}, "try again in a minute"),
        ({"Retry-After": "nan"}, "try again in a minute"),
    ],
)
def test_too_many_requests_pass_and_the_wait_is_named(
    standin: StandinFactory, connect: Connect, headers: dict[str, str], hint: str
) -> None:
    server = standin()
    server.faults.add("**", answering(429, "Rate limit reached", **headers))
    with pytest.raises(ServiceError, match="asks for fewer requests: Rate limit reached") as caught:
        connect(server).jobs()
    assert caught.value.hint == hint
    assert (caught.value.status, caught.value.temporary) == (429, True)


def test_a_wait_until_a_date_is_told_in_seconds(standin: StandinFactory, connect: Connect) -> None:
    server = standin()
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    server.faults.add("**", answering(429, "Slow down", **{"Retry-After": in_an_hour}))
    with pytest.raises(ServiceError) as caught:
        connect(server).jobs()
    assert 3000 < float(caught.value.hint.split()[-2]) <= 3600


def test_a_quota_that_is_used_up_does_not_pass(standin: StandinFactory, connect: Connect) -> None:
    server = standin()
    server.faults.add("**", answering(429, "You exceeded your current quota", code="insufficient_quota"))
    with pytest.raises(ServiceError, match="is used up") as caught:
        connect(server).jobs()
    assert (caught.value.status, caught.value.temporary) == (429, False)
    assert "billing" in caught.value.hint


@pytest.mark.parametrize(
    ("status", "temporary"),
    [
        (400, False),
        (405, False),
        (408, True),
        (409, True),
        (413, False),
        (422, False),
        (500, True),
        (503, True),
    ],
)
def test_other_statuses_keep_what_the_service_says(
    standin: StandinFactory, connect: Connect, status: int, temporary: bool
) -> None:
    server = standin()
    server.faults.add("**", answering(status, "Limit must be \x1b[2J below 100"))
    with pytest.raises(ServiceError) as caught:
        connect(server).jobs()
    assert (caught.value.status, caught.value.temporary) == (status, temporary)
    assert f"with status {status}: Limit must be \\x1b[2J below 100" in str(caught.value)


BODIES = [b"", b"<html>", b"[]", b"null", b'"text"', b'{"error": "text"}', b'{"error": {"message": 3}}']


@pytest.mark.parametrize("status", [304, 400, 401, 403, 404, 429, 502])
def test_an_error_body_of_any_shape_is_understood(
    standin: StandinFactory, connect: Connect, status: int
) -> None:
    server = standin()
    service = connect(server)
    for body in BODIES if status != 304 else [b""]:
        answer = Answer(status, body)
        server.faults.clear()
        server.faults.add("**", sending(answer))
        with pytest.raises(ServiceError) as caught:
            service.jobs()
        assert caught.value.status == status
        assert caught.value.hint


def test_a_server_that_is_off(standin: StandinFactory, connect: Connect) -> None:
    server = standin([jobs.small_sft()])
    service = connect(server)
    server.stop()
    with pytest.raises(ServiceError, match=r"no connection to 127\.0\.0\.1:\d+: it is refused") as caught:
        service.jobs()
    assert (caught.value.status, caught.value.temporary) == (None, True)
    assert "OPENAI_BASE_URL" in caught.value.hint
    server.start()
    assert service.jobs().objects


def test_an_answer_that_breaks_off(standin: StandinFactory, connect: Connect) -> None:
    server = standin([jobs.small_sft()])
    file = server.id("small-sft")
    service = connect(server)
    results = service.job(file)["result_files"][0]
    for fault in (faults.dropped(), faults.broken_off()):
        rule = server.faults.add("GET /files/*/content", fault)
        with pytest.raises(ServiceError, match="broke off its answer") as caught:
            service.content(results)
        assert caught.value.temporary
        rule.remove()


def test_an_answer_that_is_late(standin: StandinFactory, connect: Connect) -> None:
    server = standin()
    server.faults.add("**", faults.slow(0.3))
    with pytest.raises(ServiceError, match=r"did not answer within 0\.05 s") as caught:
        connect(server, timeout=0.05).jobs()
    assert caught.value.temporary


def test_a_secure_connection_to_a_plain_server(
    standin: StandinFactory, connect: Connect, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("OPENAI_API_KEY", CANARY)
    environment.setenv("OPENAI_BASE_URL", f"https://127.0.0.1:{standin().port}/v1")
    with pytest.raises(ServiceError, match="no secure connection") as caught:
        connect(openai_account()).jobs()
    assert "http://" in caught.value.hint


def chained(*names: str) -> Exception:
    """Make an exception that the named ones led to, the last of them first of all."""
    error: Exception = Exception("outermost")
    inner: BaseException = error
    for name in names:
        inner.__cause__ = type(name, (Exception,), {})(f"secret {CANARY}")
        inner = inner.__cause__
    return error


@pytest.mark.parametrize(
    ("names", "problem", "hint", "temporary"),
    [
        (("ConnectError", "gaierror"), "the name is not known", "check the network", True),
        (("ConnectError", "SSLCertVerificationError"), "is not trusted", "SSL_CERT_FILE", False),
        (("ConnectTimeout", "TimeoutError"), "within 5 s", "HTTPS_PROXY", True),
        (("ProxyError",), "the proxy on the way", "NO_PROXY", True),
        (("LocalProtocolError",), "no request can be made", "OPENAI_ORG_ID", False),
        (("SomethingNew",), "no connection to models.example:8080", "check the network", True),
    ],
)
def test_each_reason_for_silence_has_its_hint(
    account: Account, names: tuple[str, ...], problem: str, hint: str, temporary: bool
) -> None:
    error = connection_error(chained(*names), account, (60.0, 5.0))
    assert problem in error.problem
    assert hint in error.hint
    assert "models.example:8080" in error.problem
    assert error.temporary == temporary
    assert "canary" not in str(error)


def test_exceptions_that_lead_to_each_other_end(account: Account) -> None:
    first, second = ValueError(), TypeError()
    first.__context__, second.__context__ = second, first
    assert connection_error(first, account, (60.0, 5.0)).temporary


def test_a_name_that_nobody_knows(connect: Connect, environment: pytest.MonkeyPatch) -> None:
    import socket

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    environment.setattr(socket, "getaddrinfo", unknown)
    environment.setenv("OPENAI_API_KEY", CANARY)
    environment.setenv("OPENAI_BASE_URL", "http://nowhere.invalid/v1")
    with pytest.raises(ServiceError, match=r"no connection to nowhere\.invalid: the name is not known"):
        connect(openai_account()).jobs()
