"""What tests of managed services share: a stand-in on this machine, and what a refusal must be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from email.message import Message
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest

from curvewise.errors import CredentialsError, CurvewiseError, NotFoundError, ServiceError
from curvewise.loading import load
from curvewise.sources._web_api import WebApi
from tests.sources.loopback import Answer, Asked, serving
from tests.standin import messages

KEY = "canary-0123456789abcdefghij"


class Service(NamedTuple):
    """A stand-in for a place elsewhere: the `SERVICE` of the test of its source."""

    address: str  # of a run there; {url} is where the stand-in is
    variables: Mapping[str, str]  # of the environment; {url} is where the stand-in is
    answer: Callable[[Asked], Answer]
    patches: Mapping[str, Any] = {}  # names, and what they are for the time
    is_json: bool = True  # whether it is asked by `WebApi`

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> messages.Answer:
        """Answer as the stand-in for OpenAI does."""
        sent = Message()
        for name, value in headers.items():
            sent[name] = value
        found = self.answer(Asked(method, target, sent, body))  # type: ignore[arg-type]  # names in any case
        is_json = found.body.lstrip()[:1] in (b"{", b"[")
        return messages.Answer(
            found.status, found.body, content_type="application/json" if is_json else "text/plain"
        )

    @contextmanager
    def at(self, url: str) -> Iterator[None]:
        """Point the client at the stand-in."""
        with ExitStack() as stack:
            given = {name: value.format(url=url) for name, value in self.variables.items()}
            stack.enter_context(patch.dict("os.environ", given))
            for name, value in self.patches.items():
                stack.enter_context(patch(name, value))
            yield

    @contextmanager
    def asked_directly(self, answer: Callable[[Asked], Answer]) -> Iterator[None]:
        """Let a function answer, without a connection."""

        def tried(api: WebApi, url: str, what: str, body: bytes | None) -> bytes:
            path = url.removeprefix("http://" + urlsplit(url).netloc)
            found = answer(Asked("GET" if body is None else "POST", path, api._headers, body or b""))
            if found.status != 200:
                raise api._of_status(found.status, what, {})
            return found.body

        with self.at("http://127.0.0.1:9"), patch.object(WebApi, "_tried", tried):
            yield


@cache
def services() -> dict[str, Service]:
    """The stand-ins that the tests of sources hold, by the name of the source."""
    names = [file.stem for file in sorted(Path(__file__).parent.glob("test_*.py"))]
    modules = {name.removeprefix("test_"): import_module(f"tests.sources.{name}") for name in names}
    return {name: module.SERVICE for name, module in modules.items() if hasattr(module, "SERVICE")}


def as_json(value: object) -> Answer:
    return Answer(json.dumps(value).encode(), headers={"Content-Type": "application/json"})


def with_key(answer: Callable[[str], object]) -> Callable[[Asked], Answer]:
    """Answer by path to who has the key; None is what the service does not know."""

    def answered(asked: Asked) -> Answer:
        if asked.headers.get("Authorization") != f"Bearer {KEY}":
            return Answer(f'{{"error": {{"message": "wrong key {KEY}"}}}}'.encode(), 401)
        found = answer(asked.path.partition("?")[0])
        if isinstance(found, Answer):
            return found
        return Answer(b'{"error": {}}', 404) if found is None else as_json(found)

    return answered


REFUSALS = [
    (Answer(status=401), CredentialsError, "does not allow"),
    (Answer(status=404), NotFoundError, "does not know"),
    (Answer(status=429, headers={"Retry-After": "1"}), ServiceError, "fewer requests"),
    (Answer(status=500), ServiceError, "status 500"),
    (Answer(b'{"id": "a"}', cut=3), ServiceError, "broke off"),
    (Answer(b"<html>"), ServiceError, "else than JSON"),
    (Answer(status=307, headers={"Location": "http://localhost:9/"}), ServiceError, "status 307"),
]


def assert_refusals(
    address: str, address_variable: str, environment: pytest.MonkeyPatch, key_variable: str | None = None
) -> None:
    """Assert that every refusal is an error with a hint and without the key."""
    environment.setattr("curvewise.sources._tries.sleep", lambda _: None)
    for answer, kind, said in REFUSALS:
        with serving(lambda _, answer=answer: answer) as server:  # type: ignore[misc]  # a default binds it
            environment.setenv(address_variable, server.url)
            with pytest.raises(kind, match=said) as caught:
                load(address)
            assert caught.value.hint
            assert KEY not in str(caught.value)
            assert caught.value.__context__ is None
    if key_variable:
        environment.delenv(key_variable)
        with pytest.raises(CurvewiseError, match="no key") as refused:
            load(address)
        assert key_variable in refused.value.hint
