"""What tests of managed services share: a stand-in on this machine, and what a refusal must be."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from curvewise.errors import CredentialsError, CurvewiseError, NotFoundError, ServiceError
from curvewise.loading import load
from tests.sources.loopback import Answer, Asked, serving

KEY = "canary-0123456789abcdefghij"


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
