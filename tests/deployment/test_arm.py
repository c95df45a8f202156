from __future__ import annotations

import logging
import sys
import time
import traceback
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from curvewise.deployment.arm import Arm
from curvewise.deployment.identity import FixedToken, find_credential, find_manager
from curvewise.deployment.resource import Resource
from curvewise.deployment.waiting import begin, finish, remove
from curvewise.errors import (
    CredentialsError,
    CurvewiseError,
    MissingExtraError,
    NotFoundError,
    ServiceError,
    UsageError,
)
from tests.deployment.conftest import QUICK, Connect, Serve, plan
from tests.standin.arm import TOKEN
from tests.standin.messages import json_answer

CANARY = "eyJcanary000.canary0000000.canary42"


def soon() -> float:
    return time.monotonic() + 20


def quiet(_: str) -> None:
    pass


@pytest.mark.parametrize("operations", [True, False], ids=["operation address", "resource only"])
def test_a_deployment_is_created_waited_for_and_removed(
    serve: Serve, connect: Connect, operations: bool
) -> None:
    server = serve(looks=3, operations=operations)
    arm, lines = connect(server), list[str]()
    planned = plan(arm.resource, capacity=20, tags={"curvewise-run": "ftjob-1"})
    made = finish(arm, begin(arm, planned, until=soon(), tell=quiet), until=soon(), tell=lines.append)
    assert (made.name, made.model, made.sku, made.capacity) == ("gpt-step-70", "gpt.ft-1", "Standard", 20)
    assert made.state == "Succeeded" and made.is_ours and made.run == "ftjob-1" and not made.is_temporary
    assert arm.deployments() == (made,)
    assert arm.find("GPT-Step-70") == made  # Azure takes names in either case
    remove(arm, made.name, until=soon(), tell=quiet)
    assert server.running == {} and arm.find(made.name) is None
    assert server.changes() == ["PUT gpt-step-70", "DELETE gpt-step-70"]


def test_what_is_sent_is_what_the_plan_shows(serve: Serve, connect: Connect) -> None:
    server = serve()
    arm = connect(server)
    planned = plan(arm.resource, sku="GlobalStandard", model="gpt.ft-1:ckpt-step-70")
    begin(arm, planned, until=soon(), tell=quiet)
    (put,) = [request for request in server.requests if request.method == "PUT"]
    assert put.body == planned.body
    assert planned.path.startswith(put.path)


def test_what_fails_in_the_end_says_why(serve: Serve, connect: Connect) -> None:
    arm = connect(serve(fails={"gpt.ft-1": "the base model is retired"}))
    with pytest.raises(ServiceError, match="the base model is retired") as raised:
        finish(arm, begin(arm, plan(arm.resource), until=soon(), tell=quiet), until=soon(), tell=quiet)
    assert not raised.value.temporary


def test_a_change_that_goes_on_is_waited_for(serve: Serve, connect: Connect) -> None:
    server, lines = serve(busy=3), list[str]()
    arm = connect(server)
    begin(arm, plan(arm.resource), until=soon(), tell=lines.append)
    assert len(lines) == 3 and "busy with another change" in lines[0]
    server.busy = 2
    remove(arm, "gpt-step-70", until=soon(), tell=lines.append)
    assert server.running == {} and len(lines) == 5


def test_a_name_that_somebody_takes_meanwhile_is_not_replaced(serve: Serve, connect: Connect) -> None:
    server = serve(busy=1)
    arm = connect(server)

    def tell(line: str) -> None:  # what Azure was busy with
        server.put("gpt-step-70", "gpt-of-production")

    with pytest.raises(UsageError, match="serves gpt-of-production, and would be replaced"):
        begin(arm, plan(arm.resource), until=soon(), tell=tell)
    assert server.changes() == ["PUT gpt-step-70"] and server.running == {"gpt-step-70": "Succeeded"}


def test_an_answer_that_is_lost_is_no_other_deployment(serve: Serve, connect: Connect) -> None:
    """The first try was heard, and Azure is busy with it when the second one comes."""
    server = serve(lost=1)
    arm, lines = connect(server), list[str]()
    put = server._put

    def busy_after_the_first(name: str, body: Any) -> Any:
        server.busy = sum(request.method == "PUT" for request in server.requests) == 1
        return put(name, body)

    server._put = busy_after_the_first  # type: ignore[method-assign] # one change at a time
    operation = begin(arm, plan(arm.resource), until=soon(), tell=lines.append)
    made = finish(arm, operation, until=soon(), tell=quiet)
    assert made.model == "gpt.ft-1" and len(lines) == 1 and "busy" in lines[0]
    assert [request.status for request in server.requests if request.method == "PUT"] == [0, 409, 201]


def test_too_many_requests_are_waited_for_while_removing(serve: Serve, connect: Connect) -> None:
    """A wait of more than a minute is not slept through in silence."""
    server, lines = serve(retry_after=120), list[str]()
    arm = connect(server)
    server.put("gpt-step-70", "gpt.ft-1")
    server.answers = (429, "TooManyRequests", "slow down")

    def tell(line: str) -> None:
        lines.append(line)
        server.answers = None

    remove(arm, "gpt-step-70", until=soon(), tell=tell)
    assert server.running == {} and len(lines) == 1 and "fewer requests" in lines[0]


def test_waiting_ends(serve: Serve, connect: Connect) -> None:
    server = serve(looks=10**9, busy=10**9)
    arm = connect(server)
    with pytest.raises(ServiceError, match="busy with another change"):
        begin(arm, plan(arm.resource), until=time.monotonic() + QUICK, tell=quiet)
    server.busy = 0
    operation = begin(arm, plan(arm.resource), until=soon(), tell=quiet)
    with pytest.raises(ServiceError, match="not there yet") as raised:
        finish(arm, operation, until=time.monotonic() + QUICK, tell=quiet)
    assert raised.value.temporary
    server.looks_until_gone = 10**9
    with pytest.raises(ServiceError, match="has not removed"):
        remove(arm, "gpt-step-70", until=time.monotonic() + QUICK, tell=quiet)


def test_a_lost_connection_does_not_end_the_waiting(serve: Serve, connect: Connect) -> None:
    server, lines = serve(looks=10**9), list[str]()
    arm = connect(server)
    operation = begin(arm, plan(arm.resource), until=soon(), tell=quiet)
    server.answers = (503, "ServiceUnavailable", "down")

    def tell(line: str) -> None:  # the SDK has given up; now Azure is there again
        lines.append(line)
        if "Azure goes on" in line:
            server.put("gpt-step-70", "gpt.ft-1")
            server.answers = None

    assert finish(arm, operation, until=soon(), tell=tell).state == "Succeeded"
    assert any("down" in line for line in lines)


def test_removing_what_is_not_there_is_fine(serve: Serve, connect: Connect) -> None:
    remove(connect(serve()), "nothing", until=soon(), tell=quiet)


@pytest.mark.parametrize(
    ("answer", "problem", "hint", "temporary"),
    [
        ((401, "ExpiredAuthenticationToken", "expired"), "refuses the token", "az login", False),
        (
            (403, "AuthorizationFailed", "no permission"),
            "no permission",
            "Cognitive Services Contributor",
            False,
        ),
        ((404, "SubscriptionNotFound", "unknown"), "does not know", "AZURE_SUBSCRIPTION_ID", False),
        ((404, "ResourceGroupNotFound", "unknown"), "does not know", "AZURE_RESOURCE_GROUP", False),
        ((404, "ResourceNotFound", "unknown"), "does not know", "AZURE_AOAI_ACCOUNT", False),
        ((400, "InsufficientQuota", "50 is more than 10"), "no quota left", "--capacity", False),
        ((400, "DeploymentModelNotSupported", "retired"), "retired", "--dry-run", False),
        ((409, "RequestConflict", "another operation"), "busy", "in a minute", True),
        ((429, "TooManyRequests", "slow down"), "fewer requests", "few minutes", True),
        ((500, "InternalServerError", "oops"), "status 500", "few minutes", True),
    ],
)
def test_a_refusal_says_what_to_do(
    serve: Serve, connect: Connect, answer: tuple[int, str, str], problem: str, hint: str, temporary: bool
) -> None:
    server = serve(answers=answer)
    arm = connect(server)
    with pytest.raises(ServiceError) as raised:
        arm.create(plan(arm.resource))
    assert problem in raised.value.problem and hint in raised.value.hint
    assert raised.value.temporary is temporary and raised.value.status == answer[0]


def test_an_unknown_resource_is_no_missing_deployment(serve: Serve, connect: Connect) -> None:
    server = serve()
    arm = Arm(
        Resource("00000000-0000-4000-8000-000000000001", "standin-group", "other"),
        credential=FixedToken(TOKEN), manager=server.url, pause=QUICK,
    )  # fmt: skip
    with arm, pytest.raises(NotFoundError, match="other"):
        arm.find("gpt-step-70")


def test_no_connection_is_an_error_of_one_line(serve: Serve, connect: Connect) -> None:
    server = serve()
    arm = connect(server)
    server.__exit__()
    with pytest.raises(ServiceError, match="no connection") as raised:
        arm.deployments()
    assert raised.value.temporary


@pytest.mark.parametrize("listed", [[{"sku": {"capacity": "many"}}, 7], [None], None, {"a": 1}])
def test_an_answer_of_something_else_is_an_error(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, listed: Any
) -> None:
    server = serve()
    monkeypatch.setattr(server, "handle", lambda *_: json_answer({"value": listed}))
    with pytest.raises(ServiceError):
        connect(server).deployments()


def test_a_list_that_never_ends_does_not_hang_us(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, asked = serve(), list[str]()
    monkeypatch.setenv("CURVEWISE_MAX_PAGES", "5")

    def empty(method: str, target: str, *_: Any) -> Any:
        asked.append(target)
        assert len(asked) < 20
        return json_answer({"value": [], "nextLink": f"{server.url}{target}"})

    monkeypatch.setattr(server, "handle", empty)
    with pytest.raises(ServiceError, match="goes on after 5 pages"):
        connect(server).deployments()
    assert len(asked) == 6


@pytest.mark.parametrize(
    "answer", [None, (403, "AuthorizationFailed", f"Bearer {CANARY}"), (500, "Oops", f"you sent {CANARY}")]
)
@pytest.mark.parametrize("accepted", [CANARY, "another-token"])
def test_a_token_shows_nowhere(
    serve: Serve,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    answer: tuple[int, str, str] | None,
    accepted: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(token=accepted, answers=answer, fails={"gpt.ft-1": f"sent {CANARY}"})
    arm = connect(server, token=CANARY)
    with pytest.raises(CurvewiseError) as raised:
        finish(arm, begin(arm, plan(arm.resource), until=soon(), tell=quiet), until=soon(), tell=quiet)
    error = raised.value
    shown = (str(error), repr(error), *traceback.format_exception(error), caplog.text, repr(arm.__dict__))
    assert "canary" not in "".join(shown)


class Identity:
    """A credential that cannot sign in."""

    def get_token(self, *_: str, **__: object) -> AccessToken:
        raise ClientAuthenticationError(message="tried azure-cli with password hunter2")


def test_an_identity_that_cannot_sign_in_is_an_error_of_one_line(serve: Serve) -> None:
    server = serve()
    resource = Resource("00000000-0000-4000-8000-000000000001", "standin-group", "standin-openai")
    with (
        Arm(resource, credential=Identity(), manager=server.url) as arm,
        pytest.raises(CredentialsError) as raised,
    ):
        arm.deployments()
    assert "az login" in raised.value.hint and "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://management.azure.com", "http://127.0.0.1.example.com", "https://user:pw@host",
        "https://h?x=1", "ftp://h", "https://[x",
    ],
)  # fmt: skip
def test_a_token_goes_to_no_unsafe_address(address: str) -> None:
    with pytest.raises(UsageError, match="AZURE_RESOURCE_MANAGER_ENDPOINT"):
        find_manager({"AZURE_RESOURCE_MANAGER_ENDPOINT": address})


def test_the_token_of_the_environment_is_used_as_it_is() -> None:
    found = find_credential({"AZURE_RESOURCE_MANAGER_TOKEN": f" {CANARY} \n"})
    assert found.get_token("scope").token == CANARY
    with pytest.raises(CredentialsError, match="characters"):
        find_credential({"AZURE_RESOURCE_MANAGER_TOKEN": "token\nwith a line"})


def test_a_way_to_sign_in_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "carrier pigeon")
    with pytest.raises(CredentialsError, match="AZURE_TOKEN_CREDENTIALS"):
        find_credential()


@pytest.mark.parametrize("missing", ["azure.mgmt.cognitiveservices", "azure.identity"])
def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=missing.rpartition(".")[2]) as raised:
        Arm(Resource("00000000-0000-4000-8000-000000000001", "lab", "mine"))
    assert raised.value.hint == "pip install 'curvewise[deploy]'"
