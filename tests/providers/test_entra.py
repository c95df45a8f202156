from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import pytest

from curvewise.errors import CredentialsError, ServiceError
from curvewise.providers._entra import EntraTokens
from curvewise.providers._environment import azure_account
from tests.providers.conftest import CANARY, Connect
from tests.standin import Standin, jobs
from tests.standin.fixtures import StandinFactory, point_at
from tests.standin.messages import Answer, Request, Respond, error_answer

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

pytest.importorskip("azure.identity")


class Identity:
    """A credential whose tokens live for some seconds; remembers what it was asked for."""

    def __init__(self, *tokens: str, seconds: int = 3600, error: Exception | None = None) -> None:
        self.tokens = list(tokens)
        self.seconds = seconds
        self.error = error
        self.scopes: list[str] = []
        self.closed = False

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        from azure.core.credentials import AccessToken

        self.scopes += scopes
        if self.error is not None:
            raise self.error
        return AccessToken(self.tokens.pop(0), int(time.time()) + self.seconds)

    def close(self) -> None:
        self.closed = True


def at(server: Standin, door: str, environment: pytest.MonkeyPatch) -> None:
    point_at(server, environment)
    environment.delenv("AZURE_OPENAI_API_KEY")
    if door != "classic":
        environment.delenv("OPENAI_API_VERSION")
    if door == "project":
        environment.delenv("AZURE_OPENAI_ENDPOINT")
        environment.setenv("AZURE_AI_PROJECT_ENDPOINT", server.project_endpoint)


@pytest.mark.parametrize(
    ("door", "scope"),
    [
        ("classic", "https://cognitiveservices.azure.com/.default"),
        ("v1", "https://cognitiveservices.azure.com/.default"),
        ("project", "https://ai.azure.com/.default"),
    ],
)
def test_an_identity_opens_every_door_of_azure(
    standin: StandinFactory, connect: Connect, environment: pytest.MonkeyPatch, door: str, scope: str
) -> None:
    server = standin([jobs.small_sft()], dialect="azure", key=f"token-{CANARY}")
    at(server, door, environment)
    identity = Identity(f"token-{CANARY}")
    service = connect(azure_account(identity))
    assert service.jobs().objects
    assert service.job(server.id("small-sft"))["id"]
    assert identity.scopes == [scope]  # asked once, and kept
    service.close()
    assert identity.closed


@pytest.mark.parametrize("door", ["classic", "v1", "project"])
def test_a_token_of_the_environment_opens_every_door(
    standin: StandinFactory, connect: Connect, environment: pytest.MonkeyPatch, door: str
) -> None:
    server = standin([jobs.small_sft()], dialect="azure", key=f"token-{CANARY}")
    at(server, door, environment)
    environment.setenv("AZURE_OPENAI_AD_TOKEN", f"token-{CANARY}")
    environment.setenv("AZURE_OPENAI_API_KEY", "another-key-that-opens-nothing")
    assert connect(azure_account()).jobs().objects


@pytest.mark.parametrize("door", ["classic", "v1"])
def test_a_token_that_expires_is_renewed_and_both_are_kept_out_of_sight(
    standin: StandinFactory, connect: Connect, environment: pytest.MonkeyPatch, door: str
) -> None:
    server = standin([jobs.small_sft()], dialect="azure")
    at(server, door, environment)

    def echo(request: Request, _respond: Respond) -> Answer:
        return error_answer(400, f"got <{request.key}>, before it <first-token-{CANARY}>")

    server.faults.add("**", echo)
    service = connect(azure_account(Identity(f"first-token-{CANARY}", f"second-token-{CANARY}", seconds=1)))
    for _ in range(2):
        with pytest.raises(ServiceError, match=r"got <\[redacted\]>, before it <\[redacted\]>"):
            service.jobs()


def test_a_refused_identity_is_told_to_sign_in(
    standin: StandinFactory, connect: Connect, environment: pytest.MonkeyPatch
) -> None:
    at(standin(dialect="azure"), "v1", environment)
    with pytest.raises(CredentialsError, match="refuses the identity of Entra ID") as caught:
        connect(azure_account(Identity(f"token-{CANARY}"))).jobs()
    assert "az login" in caught.value.hint


def test_an_identity_that_cannot_sign_in(
    standin: StandinFactory, connect: Connect, environment: pytest.MonkeyPatch
) -> None:
    from azure.core.exceptions import ClientAuthenticationError

    server = standin(dialect="azure")
    for door in ("v1", "classic"):
        at(server, door, environment)
        for error in (ClientAuthenticationError(f"secret {CANARY}"), RuntimeError(CANARY)):
            with pytest.raises(CredentialsError, match="no way to sign in works") as caught:
                connect(azure_account(Identity(error=error))).jobs()
            assert "az login" in caught.value.hint
            assert "canary" not in str(caught.value)
            assert caught.value.__context__ is None
    assert server.requests == []


def test_the_package_of_entra_prints_nothing_unasked() -> None:
    for _ in range(2):
        EntraTokens("scope", Identity())
    handlers = logging.getLogger("azure.identity").handlers
    assert [type(handler) for handler in handlers].count(logging.NullHandler) == 1


def test_entra_that_cannot_be_reached_may_be_tried_again() -> None:
    from azure.core.exceptions import ServiceRequestError

    tokens = EntraTokens("scope", Identity(error=ServiceRequestError("no route")))
    with pytest.raises(ServiceError, match="Entra ID does not answer") as caught:
        tokens()
    assert caught.value.temporary
    assert repr(tokens) == "<EntraTokens>"
