"""Requests and answers, apart from the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec


class Request(msgspec.Struct, frozen=True):
    """What a client asks.

    Parameters
    ----------
    method, path
        ``GET`` or ``POST``, and the path without the base URL: ``/fine_tuning/jobs``.
    query
        Decoded; of a name that is given twice, the last.
    key
        The key that was sent, without ``Bearer``; None without any.
    """

    method: str
    path: str
    query: Mapping[str, str] = {}
    key: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """What the server sends back.

    Parameters
    ----------
    status, headers, body
        Of the response; the length and type of the body are added.
    content_type
        Type of the body.
    delay
        Seconds to wait before it is sent.
    sent
        Bytes of the body after which the connection breaks; None for all.
    dropped
        Whether the connection breaks before anything is sent.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}
    delay: float = 0.0
    sent: int | None = None
    dropped: bool = False

    @property
    def json(self) -> Any:
        """The body, decoded; None when it is not JSON."""
        return json.loads(self.body) if self.content_type == "application/json" else None


Respond = Callable[[Request], Answer]


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with JSON; NaN and infinity are written as Python's reader takes them."""
    return Answer(status, json.dumps(content).encode(), headers=headers or {})


def error_answer(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Answer with the error body of the API."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return json_answer({"error": error}, status, headers)
